/** The signal, which is also aborted when whoever reads the output has seen enough (`| head`). */
export function orReaderGone(signal: AbortSignal, stdout: NodeJS.WriteStream): AbortSignal {
  const gone = new AbortController();
  stdout.once('error', () => {
    gone.abort();
  });
  return AbortSignal.any([signal, gone.signal]);
}
