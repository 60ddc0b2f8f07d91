/** A folder in memory for a text that is being edited, gone when the work is done and on any signal. */
import { SlipwayError } from '../../errors.ts';
import { makeMemoryFolder } from '../../memory-folder.ts';
import type { Io } from '../command.ts';

/** @throws {SlipwayError} `secrets/no-memory-folder` (status 3) where the machine has none. */
export async function withMemoryFolder<T>(io: Io, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeMemoryFolder(io.env);
  if (folder === undefined) {
    throw new SlipwayError({
      code: 'secrets/no-memory-folder',
      message:
        'This machine has no folder in memory (XDG_RUNTIME_DIR, /dev/shm), and plain text is never written to a disk.',
      remedy: 'Change single values with `slipway secrets set`.',
      exitStatus: 3,
    });
  }
  const stop = (signal: NodeJS.Signals) => {
    folder.remove();
    // As if there were no handler: the shell sees which signal it was.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(folder.path);
  } finally {
    for (const signal of signals) process.off(signal, stop);
    folder.remove();
  }
}
