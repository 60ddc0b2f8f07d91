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
  sweep(file);
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
  while (!linkInto(own, file)) {
    if (isAbandoned(file) && breakAbandoned(own, file)) continue;
    if (performance.now() > deadline) throw lockedError(file);
    sleep(POLL_MS);
  }
}

/** One breaker at a time: of two that found the same lock abandoned, the second would break the first one's new lock. */
function breakAbandoned(own: string, file: string): boolean {
  const breaker = `${file}.breaker`;
  if (!linkInto(own, breaker)) {
    if (isAbandoned(breaker)) fs.rmSync(breaker, { force: true });
    return false;
  }
  try {
    if (isAbandoned(file)) fs.rmSync(file, { force: true });
    return true;
  } finally {
    fs.rmSync(breaker, { force: true });
  }
}

/** Removes what processes that were killed here left beside the lock. */
function sweep(file: string): void {
  for (const name of fs.readdirSync(path.dirname(file))) {
    const pid = /^lock\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) fs.rmSync(path.join(path.dirname(file), name), { force: true });
  }
}

function linkInto(own: string, file: string): boolean {
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Only a holder on this machine can be told to be gone. */
function isAbandoned(file: string): boolean {
  const [pid, host] = readHolder(file);
  return pid !== undefined && host === os.hostname() && !isRunning(pid);
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
