import type { SandboxStatus } from '../../sandbox/index.ts';
import type { Arguments, Io } from '../command.ts';

/** A sandbox as a person reads it, or as JSON. */
export function showSandbox(status: SandboxStatus, { options }: Arguments, { stdout }: Io): void {
  if (options.output === 'json') {
    stdout.write(`${JSON.stringify(status, null, 2)}\n`);
    return;
  }
  const width = Math.max(...status.processes.map(({ name }) => name.length));
  for (const { name, pid } of status.processes) {
    stdout.write(`${name.padEnd(width)}  ${pid === undefined ? 'not running' : `process ${pid}`}\n`);
  }
  stdout.write(`\nAPI server  ${status.server}\ngit         ${status.git}\n\nexport KUBECONFIG=${status.kubeconfig}\n`);
}
