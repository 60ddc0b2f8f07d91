import type { Value } from '../../sops/index.ts';
import { branch, formatPath, parsePath, readPlain, removeAt, reseal, setAt, valueAt } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { FORMAT_OPTION, keyringFrom, loadToChange, operand, refuseMore, save, withOpen, wrongUse } from './files.ts';
import { readStdin, readValue } from './prompt.ts';

export const set: Command = {
  options: { ...FORMAT_OPTION, unset: { type: 'boolean' }, json: { type: 'boolean' }, raw: { type: 'boolean' } },
  help: `Usage: slipway secrets set FILE PATH [--json|--raw|--unset]

Sets one value. It is asked for on the terminal, without an echo, or read from standard input; never from the command
line, which others on the machine can see. Only its line, the time and the MAC of the file change, and where the value is
the same already nothing does.

  --json       the value is JSON: a number, true, a list, a map
  --raw        standard input is taken as it is; otherwise a line feed at its end is left out
  --unset      take the value out

Examples:
  slipway secrets set secrets/db.sops.yaml stringData.password
  pwgen 40 1 | slipway secrets set secrets/db.sops.yaml stringData.password
`,
  async run(args, io): Promise<Status> {
    const name = operand(args, 0, 'a file');
    const path = parsePath(operand(args, 1, 'a path'));
    refuseMore(args, 2);
    const { unset, json, raw } = args.options;
    if ([unset, json, raw].filter((flag) => flag === true).length > 1)
      throw wrongUse('--unset, --json and --raw exclude each other.');
    const loaded = loadToChange(args, io, name);
    const wrote = await withOpen(loaded, keyringFrom(io), async (opened) => {
      const [first = branch([]), ...rest] = opened.documents;
      const change = async () => {
        if (unset === true) return removeAt(first, path);
        const bytes = raw === true ? await readStdin(io) : await readValue(io, `Value of ${formatPath(path)}: `);
        return setAt(first, path, json === true ? jsonValue(bytes) : { kind: 'scalar', type: 'str', bytes });
      };
      return save(loaded, reseal(opened, [await change(), ...rest], new Date()));
    });
    io.stderr.write(
      wrote ? `${name}: ${formatPath(path)} is ${unset === true ? 'out' : 'set'}.\n` : `${name} is as it was.\n`,
    );
    return 0;
  },
};

function jsonValue(bytes: Buffer): Value {
  const wrapped = Buffer.concat([Buffer.from('{"value":'), bytes, Buffer.from('}')]);
  const [root] = readPlain(wrapped, 'json', 'the value');
  const value = root === undefined ? undefined : valueAt(root, ['value']);
  if (value === undefined || root?.entries.length !== 1) throw wrongUse('The value is not JSON.');
  return value;
}
