/**
 * A folder in memory for plain text that a program must be given as a file, gone when the work is done. A small process of
 * its own waits for this one to end, so that not even a kill leaves the text behind.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** statfs types of file systems that Linux keeps in memory: tmpfs, ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

export interface MemoryFolder {
  readonly path: string;
  remove(): void;
}

/** Undefined where the machine has no folder in memory that can be written. */
export function makeMemoryFolder(env: NodeJS.ProcessEnv): MemoryFolder | undefined {
  const base = [env.XDG_RUNTIME_DIR, '/dev/shm'].find(
    (folder) => folder !== undefined && existsSync(folder) && isInMemory(folder) && isWritable(folder),
  );
  if (base === undefined) return undefined;
  const path = mkdtempSync(join(base, 'slipway-'));
  const endWatch = watch(path);
  return {
    path,
    remove() {
      wipe(path);
      endWatch();
    },
  };
}

function isInMemory(folder: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(folder).type);
  } catch {
    return false;
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

function wipe(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name));
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
