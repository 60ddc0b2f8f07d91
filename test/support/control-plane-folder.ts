/**
 * The folder of the one control plane that all test files share. It is made known to them by the environment, and
 * starts when the first of them asks for it.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { down } from '../../src/sandbox/index.ts';

const VARIABLE = 'SLIPWAY_TEST_CONTROL_PLANE';
const PREFIX = 'slipway-control-plane-';

/** Names the folder for this run, and ends what runs of tests that were killed have left. */
export async function claimControlPlane(): Promise<void> {
  const root = fs.realpathSync(os.tmpdir());
  for (const name of fs.readdirSync(root)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : NaN;
    if (!Number.isNaN(pid) && pid !== process.pid && !isAlive(pid)) await down(path.join(root, name));
  }
  process.env[VARIABLE] = path.join(root, `${PREFIX}${process.pid}`);
}

export function controlPlaneFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error('Tests run by jest, whose global setup names the folder.');
  return folder;
}

export async function endControlPlane(): Promise<void> {
  await down(controlPlaneFolder());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
