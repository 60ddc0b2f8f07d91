import { sandboxStatus } from '../../sandbox/index.ts';
import type { Command } from '../command.ts';
import { sandboxFolder } from './folder.ts';
import { showSandbox } from './show.ts';

export const statusCommand: Command = {
  options: { dir: { type: 'string' }, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway sandbox status [--dir DIR] [-o json]

Shows what of the sandbox runs, and how to reach it. Ends with 1 unless all of it does.

Example:
  slipway sandbox status
`,
  run(args, io) {
    const status = sandboxStatus(sandboxFolder(args, io));
    if (status === undefined) {
      io.stderr.write('There is no sandbox here; `slipway sandbox up` starts one.\n');
      return 1;
    }
    showSandbox(status, args, io);
    return status.processes.every(({ pid }) => pid !== undefined) ? 0 : 1;
  },
};
