import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';

const PATIENCE_MS = 30_000;
const POLL_MS = 50;

/**
 * Runs `work` while no other process writes the same tree. A lock whose holder no longer runs on this machine is
 * taken over; a live one is waited for.
 *
 * @throws SlipwayError `tree/locked` after 30 seconds.
 */
export function withLock<Result>(stateDirectory: string, work: () => Result): Result {
  const file = path.join(stateDirectory, 'lock');
  const release = acquire(file);
  try {
    return work();
  } finally {
    release();
  }
}

function acquire(file: string): () => void {
  // Linked into place with its content, so that a lock never exists without the name of its holder.
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, `${process.pid} ${os.hostname()}\n`);
  try {
    acquireByLink(own, file);
  } finally {
    fs.rmSync(own, { force: true });
  }
  return () => {
    fs.rmSync(file, { force: true });
  };
}

function acquireByLink(own: string, file: string): void {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      fs.linkSync(own, file);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    if (!breakIfAbandoned(file)) {
      if (performance.now() > deadline) throw lockedError(file);
      sleep(POLL_MS);
    }
  }
}

/** Renaming decides which of several waiting processes breaks the lock: only one of them can move it away. */
function breakIfAbandoned(file: string): boolean {
  const [pid, host] = readHolder(file);
  if (pid === undefined || host !== os.hostname() || isRunning(pid)) return false;
  const aside = `${file}.abandoned-${process.pid}`;
  try {
    fs.renameSync(file, aside);
    // Between the look and the move another process may have broken it and taken it anew: then it goes back.
    if (readHolder(aside)[0] !== pid) fs.linkSync(aside, file);
    fs.rmSync(aside, { force: true });
    return true;
  } catch {
    return false;
  }
}

function readHolder(file: string): [pid: number | undefined, host: string | undefined] {
  try {
    const match = /^(\d+) (\S+)\n$/.exec(fs.readFileSync(file, 'utf8'));
    return match ? [Number(match[1]), match[2]] : [undefined, undefined];
  } catch {
    return [undefined, undefined];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function lockedError(file: string): SlipwayError {
  return new SlipwayError({
    code: 'tree/locked',
    message: `Another process has been writing the tree for over ${PATIENCE_MS / 1000} seconds.`,
    remedy: `Wait for it to end; if there is none, delete ${file}.`,
    place: { file },
    exitStatus: 3,
  });
}
