/** Tests on the real API server: they run where its programs are built, and are skipped elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, jest } from '@jest/globals';
import { SlipwayError } from '../../src/errors.ts';
import { findSandboxProgram, type SandboxStatus, up } from '../../src/sandbox/index.ts';
import { controlPlaneFolder } from './control-plane-folder.ts';

const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
const START_MS = 120_000;
/** An API server on a busy machine takes its time; that says nothing about what is tested. */
const TEST_MS = 60_000;

/**
 * A `describe` that needs a control plane. All test files share one, so each makes namespaces and kinds of its own.
 * The block is given a function that returns it; it may be called in hooks and tests.
 */
export function describeWithControlPlane(title: string, block: (sandbox: () => SandboxStatus) => void): void {
  if (!hasControlPlane()) {
    process.stderr.write(`skipped, as the control plane is not built (npm run tools sandbox): ${title}\n`);
    describe.skip(title, () => {
      block(() => {
        throw new Error('skipped');
      });
    });
    return;
  }
  jest.setTimeout(TEST_MS);
  describe(title, () => {
    let sandbox: SandboxStatus;
    beforeAll(async () => {
      sandbox = await share();
    }, START_MS);
    block(() => sandbox);
  });
}

export function hasControlPlane(): boolean {
  return PROGRAMS.every((name) => findSandboxProgram(name, process.env) !== undefined);
}

/** Whoever comes first starts it; the others wait. */
async function share(): Promise<SandboxStatus> {
  for (;;) {
    try {
      return await up(controlPlaneFolder(), { env: process.env, log: () => undefined });
    } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'sandbox/busy')) throw error;
      await sleep(100);
    }
  }
}
