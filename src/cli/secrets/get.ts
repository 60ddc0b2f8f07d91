import type { Value } from '../../sops/index.ts';
import { branch, emitPlain, entry, formatPath, parsePath, valueAt } from '../../sops/index.ts';
import { SlipwayError } from '../../errors.ts';
import type { Command, Status } from '../command.ts';
import { FORMAT_OPTION, keyringFrom, load, operand, refuseMore, textOption, withOpen, wrongUse } from './files.ts';

export const get: Command = {
  options: { ...FORMAT_OPTION, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway secrets get FILE PATH [-o json|yaml]

Prints one value in plain text: a text as it is, anything else as YAML. PATH is stringData.password, or as sops writes it,
'["stringData"]["password"]'.

  -o json      print it as JSON

Example:
  slipway secrets get secrets/db.sops.yaml stringData.password
`,
  async run(args, io): Promise<Status> {
    const name = operand(args, 0, 'a file');
    const path = parsePath(operand(args, 1, 'a path'));
    refuseMore(args, 2);
    const output = textOption(args, 'output');
    if (output !== undefined && output !== 'json' && output !== 'yaml') throw wrongUse(`There is no output ${output}.`);
    await withOpen(load(args, io, name), keyringFrom(io), ({ documents }) => {
      const value = valueAt(documents[0] ?? branch([]), path);
      if (value === undefined) {
        throw new SlipwayError({
          code: 'sops/path',
          message: `There is nothing at ${formatPath(path)}.`,
          place: { file: name },
        });
      }
      io.stdout.write(shown(value, output));
      // On a terminal the prompt should begin a line of its own; in a pipe the value is the value.
      if (io.stdout.isTTY && output === undefined) io.stdout.write('\n');
    });
    return 0;
  },
};

function shown(value: Value, output: 'json' | 'yaml' | undefined): Buffer {
  if (output === undefined && value.kind === 'scalar')
    return value.type === 'bool' ? Buffer.from(value.bytes.toString().toLowerCase()) : value.bytes;
  if (value.kind === 'map') return emitPlain([value], output === 'json' ? 'json' : 'yaml', { indent: 2 });
  const wrapped = emitPlain([branch([entry('value', value)])], output === 'json' ? 'json' : 'yaml', {
    indent: 2,
  }).toString();
  if (output === 'json') return Buffer.from(wrapped.replace(/^\{\s*"value": /, '').replace(/\s*\}\s*$/, '\n'));
  return Buffer.from(wrapped.replace(/^value:\n?\s?/, ''));
}
