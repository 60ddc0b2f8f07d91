import { up } from '../../sandbox/index.ts';
import { SlipwayError } from '../../errors.ts';
import type { Arguments, Command, Status } from '../command.ts';
import { sandboxFolder } from './folder.ts';
import { showSandbox } from './show.ts';

export const upCommand: Command = {
  options: { dir: { type: 'string' }, nodes: { type: 'string' }, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway sandbox up [--nodes N] [--dir DIR] [-o json]

Starts a real control plane on this machine, on loopback: etcd, kube-apiserver and kube-controller-manager; and a git
server with a copy of this repository, whose main is HEAD at the first start. What already runs stays as it is.
Everything is kept in DIR (default: .slipway/sandbox) until \`slipway sandbox down\`.

  --nodes N  simulates so many nodes, by kwok and kube-scheduler: pods turn Ready, and nothing runs in them.
             Without nodes pods stay Pending.

The programs are taken from the folder that KUBEBUILDER_ASSETS names, from \`npm run tools sandbox\` in a clone of
slipway, or from PATH.

Example:
  slipway sandbox up
  export KUBECONFIG=$PWD/.slipway/sandbox/kubeconfig
  kubectl get namespaces
`,
  async run(args, io): Promise<Status> {
    const folder = sandboxFolder(args, io);
    const status = await up(folder, {
      env: io.env,
      repository: io.cwd,
      nodes: count(args),
      log: (line) => {
        if (io.stderr.isTTY) io.stderr.write(`${line}\n`);
      },
    });
    showSandbox(status, args, io);
    return 0;
  },
};

function count({ options: { nodes } }: Arguments): number | undefined {
  if (nodes === undefined) return undefined;
  if (typeof nodes === 'string' && /^\d{1,4}$/.test(nodes)) return Number(nodes);
  throw new SlipwayError({
    code: 'cli/usage',
    message: '--nodes takes a number from 0 to 9999.',
    remedy: 'Run `slipway sandbox up --help`.',
    exitStatus: 2,
  });
}
