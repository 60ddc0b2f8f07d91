/** How a command that goes on until somebody ends it is ended: Ctrl-C and SIGTERM. */

/** What is under way when somebody ends the command has this long to end in order. */
const GRACE_MS = 800;

/**
 * Runs `work` with a signal that Ctrl-C or SIGTERM aborts. When it has not ended by itself soon after that, or at the
 * second Ctrl-C, the process ends as it is: nothing here is lost by that, as it is not by a kill.
 *
 * @param status of the process that ended as it was
 */
export async function interruptible<Result>(
  status: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interruption = new AbortController();
  const onSignal = (): void => {
    if (interruption.signal.aborted) process.exit(status);
    interruption.abort();
    setTimeout(() => process.exit(status), GRACE_MS).unref();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, onSignal);
  try {
    return await work(interruption.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
