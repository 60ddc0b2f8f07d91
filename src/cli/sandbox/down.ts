import { down } from '../../sandbox/index.ts';
import type { Command, Status } from '../command.ts';
import { sandboxFolder } from './folder.ts';

export const downCommand: Command = {
  options: { dir: { type: 'string' } },
  help: `Usage: slipway sandbox down [--dir DIR]

Ends the processes of the sandbox, and no others, and deletes its folder: its objects, and what was pushed to its git
server only. It is no error if nothing runs.

Example:
  slipway sandbox down
`,
  async run(args, io): Promise<Status> {
    const ended = await down(sandboxFolder(args, io));
    if (ended === undefined) io.stdout.write('There is no sandbox here.\n');
    else io.stdout.write(ended.length === 0 ? 'Nothing ran.\n' : `Ended ${ended.join(', ')}.\n`);
    return 0;
  },
};
