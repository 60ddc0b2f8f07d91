import { resolve } from 'node:path';
import {
  DEFAULT_RULE,
  encryptFile,
  isSelectionKind,
  readFileWhole,
  readPlain,
  replaceFile,
  SELECTION_KINDS,
} from '../../sops/index.ts';
import type { SelectionRule } from '../../sops/index.ts';
import type { Arguments, Command, Status } from '../command.ts';
import { FORMAT_OPTION, formatFor, namedAs, operand, refuseMore, rulesForNew, textOption, wrongUse } from './files.ts';
import { readStdin } from './prompt.ts';

/** `--encrypted-regex` and its five siblings, as sops has them. */
const RULE_OPTIONS = Object.fromEntries(
  SELECTION_KINDS.map((kind) => [kind.replaceAll('_', '-'), { type: 'string' as const }]),
);

export const encrypt: Command = {
  options: {
    ...FORMAT_OPTION,
    ...RULE_OPTIONS,
    age: { type: 'string', multiple: true },
    'in-place': { type: 'boolean', short: 'i' },
    'mac-only-encrypted': { type: 'boolean' },
  },
  help: `Usage: slipway secrets encrypt FILE [-i] [--age RECIPIENT,…] [--encrypted-regex RE]

Encrypts a plain file by the creation rules of .sops.yaml and prints it, or with -i puts it in the file's place.
FILE may be -, then standard input is encrypted: \`slipway secrets encrypt - --format yaml\`.

  -i, --in-place         replace the file; it was in plain text on disk, so its content should be replaced as well
  --age R,…              these recipients in place of the rule's
  --encrypted-regex RE   and --unencrypted-regex, --encrypted-suffix, --unencrypted-suffix, --encrypted-comment-regex,
                         --unencrypted-comment-regex: what is encrypted, in place of the rule's
  --mac-only-encrypted   the MAC covers encrypted values alone, so that the rest may be changed without a key
  --format F             yaml, json, dotenv, ini or binary, where the file's name does not tell

Example:
  slipway secrets encrypt -i secrets/db.sops.yaml
`,
  async run(args, io): Promise<Status> {
    const name = operand(args, 0, 'a file');
    refuseMore(args, 1);
    const isStdin = name === '-';
    if (isStdin && args.options['in-place'] === true) throw wrongUse('Standard input cannot be replaced in place.');
    const path = resolve(io.cwd, name);
    const bytes = isStdin ? await readStdin(io) : namedAs(name, () => readFileWhole(path)).bytes;
    const format = formatFor(args, path);
    const rules = rulesForNew(args, io, path, format);
    const sealed = await encryptFile(readPlain(bytes, format, name), {
      ...rules,
      format,
      rule: ruleOption(args) ?? rules.rule ?? DEFAULT_RULE,
      macOnlyEncrypted: rules.macOnlyEncrypted || args.options['mac-only-encrypted'] === true,
      now: new Date(),
      file: name,
    });
    if (args.options['in-place'] === true)
      namedAs(name, () => {
        replaceFile(path, sealed, bytes);
      });
    else io.stdout.write(sealed);
    return 0;
  },
};

function ruleOption(args: Arguments): SelectionRule | undefined {
  const given = Object.keys(RULE_OPTIONS).flatMap((option): SelectionRule[] => {
    const value = textOption(args, option);
    const kind = option.replaceAll('-', '_');
    return value === undefined || !isSelectionKind(kind) ? [] : [{ kind, value }];
  });
  if (given.length > 1) throw wrongUse('Only one rule for what is encrypted can be given.');
  return given[0];
}
