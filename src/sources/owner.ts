import { randomBytes } from 'node:crypto';
import { systemCode } from '../errors.ts';

const INSTANCE = randomBytes(4).toString('hex');

/** In the names of what this process is making. In a container every process may have the same number: so there is more. */
export const OWNER = `${process.pid}-${INSTANCE}`;

/**
 * Whether the process that a name begins with, as {@link OWNER} does, no longer runs on this machine. A name that no
 * process gave is nobody's to remove.
 */
export function isAbandoned(name: string): boolean {
  const [, pid, instance] = /^([1-9][0-9]*)-([0-9a-f]{8})-/.exec(name) ?? [];
  if (pid === undefined) return false;
  return Number(pid) === process.pid ? instance !== INSTANCE : !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
