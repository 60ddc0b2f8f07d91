import { rotate as rotateFile } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { FORMAT_OPTION, keyringFrom, loadAll, operand, refuseMore, save, withOpen } from './files.ts';

export const rotate: Command = {
  options: { ...FORMAT_OPTION, all: { type: 'boolean' } },
  help: `Usage: slipway secrets rotate FILE… | --all

Gives each file a new data key and encrypts every value anew, for the same recipients. Do it after \`updatekeys\` took a
recipient out: who could open the file before knows its old data key. What that person knew already stays known, so
change the passwords themselves as well.

Example:
  slipway secrets rotate --all
`,
  async run(args, io): Promise<Status> {
    if (args.options.all !== true) operand(args, 0, 'a file');
    else refuseMore(args, 0);
    const keyring = keyringFrom(io);
    for (const loaded of loadAll(args, io, 'change')) {
      save(loaded, await withOpen(loaded, keyring, (opened) => rotateFile(opened, new Date())));
      io.stderr.write(`${loaded.sealed.file ?? ''}: rotated.\n`);
    }
    return 0;
  },
};
