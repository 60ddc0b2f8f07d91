import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { startOf } from './process-identity.ts';

/**
 * Runs `work` while no other process starts or ends the same sandbox. The lock of a process that is no more is taken.
 *
 * @throws {SlipwayError} `sandbox/busy` (status 3) where one is at it.
 */
export async function withSandboxLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const file = join(folder, 'lock');
  const own = `${file}.${process.pid}`;
  const holder = `${process.pid} ${startOf(process.pid) ?? ''}`;
  writeFileSync(own, holder, { mode: 0o600 });
  try {
    take(own, file);
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work();
  } finally {
    if (read(file) === holder) rmSync(file, { force: true });
  }
}

/** Linked into place with its content, so that a lock never exists without the name of its holder. */
function take(own: string, file: string): void {
  for (;;) {
    try {
      linkSync(own, file);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const holder = read(file);
    const [pid = '', ...start] = holder?.split(' ') ?? [];
    if (holder !== undefined && startOf(Number(pid)) === start.join(' ')) throw busy(pid, file);
    breakLock(file, holder);
  }
}

/** Renaming decides which of several breaks it; if what was moved is another's by now, that one gets it back. */
function breakLock(file: string, abandoned: string | undefined): void {
  const aside = `${file}.abandoned-${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== abandoned) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function busy(pid: string, file: string): SlipwayError {
  return new SlipwayError({
    code: 'sandbox/busy',
    message: `Process ${pid} is starting or ending this sandbox.`,
    remedy: 'Wait for it, or end it, and try again.',
    place: { file },
    exitStatus: 3,
  });
}
