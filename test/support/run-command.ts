import { main } from '../../src/cli/index.ts';
import type { SandboxStatus } from '../../src/sandbox/index.ts';
import { testIo } from './test-io.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `slipway` on the control plane of the tests, in this process. */
export async function runOn({ kubeconfig }: SandboxStatus, cwd: string, ...args: readonly string[]): Promise<Ran> {
  const { io, stdout, stderr } = testIo(cwd, { env: { PATH: process.env.PATH, HOME: cwd, KUBECONFIG: kubeconfig } });
  const status = await main(args, io);
  return { status, stdout: stdout(), stderr: stderr() };
}
