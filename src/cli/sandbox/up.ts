import { up } from '../../sandbox/index.ts';
import type { Command, Status } from '../command.ts';
import { sandboxFolder } from './folder.ts';
import { showSandbox } from './show.ts';

export const upCommand: Command = {
  options: { dir: { type: 'string' }, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway sandbox up [--dir DIR] [-o json]

Starts a real control plane on this machine, on loopback: etcd, kube-apiserver and kube-controller-manager; and a git
server with a copy of this repository, whose main is HEAD at the first start. There are no nodes, so no pods run.
What already runs stays as it is. Everything is kept in DIR (default: .slipway/sandbox) until \`slipway sandbox down\`.

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
      log: (line) => {
        if (io.stderr.isTTY) io.stderr.write(`${line}\n`);
      },
    });
    showSandbox(status, args, io);
    return 0;
  },
};
