import { plaintextOf } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { FORMAT_OPTION, keyringFrom, load, operand, refuseMore, withOpen } from './files.ts';

export const decrypt: Command = {
  options: { ...FORMAT_OPTION, 'ignore-mac': { type: 'boolean' } },
  help: `Usage: slipway secrets decrypt FILE [--format F] [--ignore-mac]

Prints the file in plain text, as \`sops decrypt\` does. It writes no file: to change a secret, use \`set\` or \`edit\`.

  --format F      yaml, json, dotenv, ini or binary, where the file's name does not tell
  --ignore-mac    open a file whose MAC is missing or wrong; each value is still checked by itself

Example:
  slipway secrets decrypt secrets/db.sops.yaml
`,
  async run(args, io): Promise<Status> {
    const loaded = load(args, io, operand(args, 0, 'a file'));
    refuseMore(args, 1);
    await withOpen(
      loaded,
      keyringFrom(io),
      (opened) => {
        io.stdout.write(plaintextOf(opened));
      },
      args.options['ignore-mac'] === true,
    );
    return 0;
  },
};
