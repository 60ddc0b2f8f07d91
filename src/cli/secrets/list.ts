import { leavesOf, shorten } from '../../sops/index.ts';
import type { Command } from '../command.ts';
import { FORMAT_OPTION, loadAll, textOption, wrongUse } from './files.ts';

export const list: Command = {
  options: { ...FORMAT_OPTION, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway secrets list [FILE…] [-o json]

Shows the encrypted files, the keys that each holds, and to whom it is encrypted. It needs no key and shows no value.

Example:
  slipway secrets list
`,
  run(args, io) {
    const output = textOption(args, 'output');
    if (output !== undefined && output !== 'json') throw wrongUse(`There is no output ${output}.`);
    const files = loadAll(args, io, 'list').map(({ sealed }) => ({
      file: sealed.file ?? '',
      format: sealed.format,
      lastModified: sealed.metadata.lastModified,
      recipients: sealed.metadata.groups.flat().map(({ kind, id }) => ({ kind, id })),
      encrypted: leavesOf(sealed.documents, sealed.metadata)
        .filter(({ state }) => state !== 'plain')
        .map(({ path }) => path.join('.')),
    }));
    if (output === 'json') {
      io.stdout.write(`${JSON.stringify(files, undefined, 2)}\n`);
      return 0;
    }
    for (const { file, lastModified, recipients, encrypted } of files) {
      io.stdout.write(`${file}  (${lastModified})\n`);
      for (const key of new Set(encrypted)) io.stdout.write(`  ${key}\n`);
      for (const { kind, id } of recipients)
        io.stdout.write(`  to ${kind === 'age' ? shorten(id) : `${kind} ${id}`}\n`);
    }
    return 0;
  },
};
