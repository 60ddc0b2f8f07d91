/**
 * A folder in memory for a text that is being edited, gone when the work is done and on any signal. A small process of
 * its own waits for this one to end, so that not even a kill leaves the text behind.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { Io } from '../command.ts';

/** statfs types of file systems that Linux keeps in memory: tmpfs, ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

function isInMemory(folder: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}

/** @throws {SlipwayError} `secrets/no-memory-folder` (status 3) where the machine has none. */
export async function withMemoryFolder<T>(io: Io, work: (folder: string) => Promise<T>): Promise<T> {
  const base = [io.env.XDG_RUNTIME_DIR, '/dev/shm'].find(
    (folder) => folder !== undefined && existsSync(folder) && isInMemory(folder) && isWritable(folder),
  );
  if (base === undefined) {
    throw new SlipwayError({
      code: 'secrets/no-memory-folder',
      message:
        'This machine has no folder in memory (XDG_RUNTIME_DIR, /dev/shm), and plain text is never written to a disk.',
      remedy: 'Change single values with `slipway secrets set`.',
      exitStatus: 3,
    });
  }
  const folder = mkdtempSync(join(base, 'slipway-'));
  const remove = () => {
    wipeFolder(folder);
  };
  const watchman = watch(folder);
  const stop = (signal: NodeJS.Signals) => {
    remove();
    // As if there were no handler: the shell sees which signal it was.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(folder);
  } finally {
    for (const signal of signals) process.off(signal, stop);
    remove();
    watchman();
  }
}

function isWritable(folder: string): boolean {
  try {
    const probe = mkdtempSync(join(folder, 'slipway-'));
    rmSync(probe, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

function wipeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isFile()) truncateSync(path);
    }
  } catch {
    // Gone already.
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Its standard input ends when this process does, however it ends. */
function watch(folder: string): () => void {
  const script = `process.stdin.resume().on('end', () => require('node:fs').rmSync(process.argv[1], { recursive: true, force: true }))`;
  const child = spawn(process.execPath, ['-e', script, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  child.unref();
  return () => {
    child.stdin.end();
  };
}
