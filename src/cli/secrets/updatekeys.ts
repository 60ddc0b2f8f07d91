import { SlipwayError } from '../../errors.ts';
import type { CreationRule, MasterKey } from '../../sops/index.ts';
import { matchRule, openDataKey, parseRule, pathForRules, shorten, updateKeys } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { refreshCreationRules } from './declared.ts';
import type { Loaded } from './files.ts';
import { configFor, FORMAT_OPTION, keyringFrom, loadAll, save } from './files.ts';
import { askPlain, canAsk } from './prompt.ts';

interface Plan {
  readonly loaded: Loaded;
  readonly rule: CreationRule;
  readonly lines: readonly string[];
}

export const updatekeys: Command = {
  options: { ...FORMAT_OPTION, yes: { type: 'boolean', short: 'y' }, check: { type: 'boolean' } },
  help: `Usage: slipway secrets updatekeys [FILE…] [-y] [--check]

Brings the recipients of the files in line with the creation rules of .sops.yaml: of the named ones, or of all. A
.sops.yaml that synth made is first brought in line with the program. It shows who would come and who would go, and asks. The values stay as they are; a recipient who goes still knows the data
key, so \`rotate\` the files afterwards.

  -y, --yes    do not ask
  --check      only show; end with status 1 if any file is not in line

Example:
  slipway secrets updatekeys && slipway secrets rotate --all
`,
  async run(args, io): Promise<Status> {
    if (args.options.check !== true) await refreshCreationRules(io);
    const config = configFor(io);
    if (config?.rules === undefined) {
      throw new SlipwayError({
        code: 'sops/no-rule',
        message: 'There are no creation rules: no .sops.yaml from here upward has any.',
        exitStatus: 2,
      });
    }
    const plans = loadAll(args, io, 'change').flatMap((loaded): Plan[] => {
      const raw = matchRule(config, pathForRules(config, loaded.path));
      if (raw === undefined) return [];
      const rule = parseRule(raw);
      const lines = differences(loaded, rule);
      return lines.length === 0 ? [] : [{ loaded, rule, lines }];
    });
    for (const { loaded, lines } of plans)
      io.stdout.write(`${loaded.sealed.file ?? ''}\n${lines.map((line) => `  ${line}\n`).join('')}`);
    if (plans.length === 0) {
      io.stdout.write('All files are encrypted to the recipients of their rules.\n');
      return 0;
    }
    if (args.options.check === true) return 1;
    if (args.options.yes !== true) {
      if (!canAsk(io))
        throw new SlipwayError({
          code: 'secrets/no-terminal',
          message: 'There is no terminal to ask on.',
          remedy: 'Look at the plan above and repeat the command with --yes.',
          exitStatus: 2,
        });
      if (!/^y(es)?$/i.test(await askPlain(io, `Change ${plans.length} file${plans.length === 1 ? '' : 's'}? [y/N] `)))
        return 1;
    }
    const keyring = keyringFrom(io);
    for (const { loaded, rule } of plans) {
      const dataKey = await openDataKey(loaded.sealed.metadata, keyring);
      try {
        save(loaded, await updateKeys(loaded.sealed, dataKey, withForeign(loaded, rule), rule.shamirThreshold));
      } finally {
        dataKey.fill(0);
      }
    }
    io.stdout.write(`${plans.length} file${plans.length === 1 ? ' is' : 's are'} in line now.\n`);
    return 0;
  },
};

const nameOf = ({ kind, id }: MasterKey) => (kind === 'age' ? shorten(id) : `${kind} ${id}`);

function differences({ sealed }: Loaded, rule: CreationRule): string[] {
  const { groups } = sealed.metadata;
  const same = (a: MasterKey, b: MasterKey) => a.kind === b.kind && a.id === b.id;
  const lines: string[] = [];
  if (groups.length !== rule.groups.length) lines.push(`${groups.length} key groups become ${rule.groups.length}`);
  rule.groups.forEach((wanted, index) => {
    const group = groups[index] ?? [];
    lines.push(...wanted.filter((key) => !group.some((other) => same(key, other))).map((key) => `+ ${nameOf(key)}`));
    lines.push(...group.filter((key) => !wanted.some((other) => same(key, other))).map((key) => `- ${nameOf(key)}`));
  });
  return lines;
}

/** Keys that the rule names and the file has already keep what the file has of them: only other programs can make it. */
function withForeign({ sealed }: Loaded, rule: CreationRule): MasterKey[][] {
  const known = sealed.metadata.groups.flat();
  return rule.groups.map((group) =>
    group.map((key) => known.find(({ kind, id }) => kind === key.kind && id === key.id) ?? key),
  );
}
