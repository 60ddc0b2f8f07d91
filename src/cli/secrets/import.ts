import { resolve } from 'node:path';
import type { Branch } from '../../sops/index.ts';
import {
  branch,
  DEFAULT_RULE,
  encryptFile,
  formatOf,
  get,
  readFileWhole,
  readPlain,
  replaceFile,
  stringOf,
} from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { namedAs, operand, refuseMore, rulesForNew, textOption, wrongUse } from './files.ts';
import { readStdin } from './prompt.ts';
import { newObject, textsOf, withTextData } from './secret-manifest.ts';

export const importSecret: Command = {
  options: {
    from: { type: 'string' },
    name: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    type: { type: 'string' },
    age: { type: 'string', multiple: true },
  },
  help: `Usage: slipway secrets import SOURCE FILE [--name N] [--namespace NS] [--type T]

Makes the encrypted FILE of a plain one: a Secret (its base64 becomes readable text under stringData, where it is text), or
a .env file, which becomes a Secret, or stays what it is where FILE ends in .env too. SOURCE may be -, so that nothing plain
need ever be on disk; it is left as it is.

  --from env|yaml    what SOURCE is, where its name does not tell
  --name N …         of the Secret that a .env file becomes
  --age R,…          recipients in place of the creation rule's

Example:
  kubectl get secret db -n apps -o yaml | slipway secrets import - secrets/db.sops.yaml
`,
  async run(args, io): Promise<Status> {
    const source = operand(args, 0, 'a source');
    const file = operand(args, 1, 'the file to make');
    refuseMore(args, 2);
    const path = resolve(io.cwd, file);
    const bytes =
      source === '-' ? await readStdin(io) : namedAs(source, () => readFileWhole(resolve(io.cwd, source))).bytes;
    const isEnv = (textOption(args, 'from') ?? (formatOf(source) === 'dotenv' ? 'env' : 'yaml')) === 'env';
    const format = formatOf(path);
    if (format !== 'yaml' && format !== 'json' && !(isEnv && format === 'dotenv')) {
      throw wrongUse(`${file} should end in .yaml or .json${isEnv ? ', or .env' : ''}.`);
    }
    const [document = branch([])] = readPlain(bytes, isEnv ? 'dotenv' : 'yaml', source);
    const rules = rulesForNew(args, io, path, format);
    const name = textOption(args, 'name');
    const identity = {
      kind: 'Secret' as const,
      name: name ?? '',
      namespace: textOption(args, 'namespace'),
      type: textOption(args, 'type'),
    };
    if (isEnv && format !== 'dotenv' && name === undefined) throw wrongUse('The Secret needs a name: --name.');
    const imported = isEnv
      ? format === 'dotenv'
        ? document
        : newObject(identity, textsOf(document))
      : cleanSecret(document, source);
    const sealed = await encryptFile([imported], {
      ...rules,
      format,
      rule: rules.rule ?? DEFAULT_RULE,
      now: new Date(),
      file,
    });
    namedAs(file, () => {
      replaceFile(path, sealed, undefined);
    });
    io.stderr.write(
      `${file} is made.${source === '-' ? '' : ` ${source} is still there in plain text: delete it when you are sure.`}\n`,
    );
    return 0;
  },
};

/** What a cluster adds to an object has no place in a repository. */
const CLUSTER_FIELDS = new Set([
  'creationTimestamp',
  'resourceVersion',
  'uid',
  'generation',
  'managedFields',
  'selfLink',
  'ownerReferences',
]);
const CLUSTER_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

function cleanSecret(document: Branch, source: string): Branch {
  if (stringOf(get(document, 'kind')) !== 'Secret')
    throw wrongUse(`${source} is no Secret.`, 'Encrypt other manifests with `slipway secrets encrypt`.');
  const without = (map: Branch, names: ReadonlySet<string>) =>
    branch(map.entries.filter((item) => item.kind !== 'entry' || !names.has(item.key)));
  const entries = without(document, new Set(['status'])).entries.map((item) => {
    if (item.kind !== 'entry' || item.key !== 'metadata' || item.value.kind !== 'map') return item;
    const metadata = without(item.value, CLUSTER_FIELDS);
    const cleaned = metadata.entries.flatMap((field) => {
      if (field.kind !== 'entry' || field.key !== 'annotations' || field.value.kind !== 'map') return [field];
      const annotations = without(field.value, new Set([CLUSTER_ANNOTATION]));
      return annotations.entries.length === 0 ? [] : [{ ...field, value: annotations }];
    });
    return { ...item, value: branch(cleaned) };
  });
  return withTextData(branch(entries));
}
