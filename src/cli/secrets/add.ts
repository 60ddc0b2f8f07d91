import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Branch, Generator } from '../../sops/index.ts';
import {
  branch,
  DEFAULT_RULE,
  encryptFile,
  generateValues,
  makes,
  parseGenerator,
  readPlain,
  replaceFile,
  reseal,
  setAt,
  text,
} from '../../sops/index.ts';
import type { Arguments, Command, Io, Status } from '../command.ts';
import { formatFor, FORMAT_OPTION, keyringFrom, listOption, load, namedAs, operand, refuseMore, rulesForNew, save, textOption, withOpen, wrongUse } from './files.ts';
import { askSecret, readStdin } from './prompt.ts';
import { newSecret, textMap, textsOf, valuesPath } from './secret-manifest.ts';

export const add: Command = {
  options: {
    ...FORMAT_OPTION,
    name: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    type: { type: 'string' },
    key: { type: 'string', multiple: true, short: 'k' },
    generate: { type: 'string', multiple: true, short: 'g' },
    age: { type: 'string', multiple: true },
  },
  help: `Usage: slipway secrets add FILE --key KEY,… [--generate KEY=HOW] [--name N] [--namespace NS] [--type T]

Makes an encrypted file, or puts what is missing into one that exists. Values of --generate are made; the others are asked
for on the terminal, without an echo, or read from standard input as lines KEY=VALUE. Values that are there already stay.
A YAML or JSON file becomes a Kubernetes Secret; a .env file holds the keys as they are.

  -k, --key KEY,…          keys that the file shall have
  -g, --generate KEY=HOW   random:LENGTH:ALPHABET (alphanumeric, hex, base64url, digits, printable, or letters), uuid,
                           rsa:BITS, ed25519, ssh, tls:NAME,NAME:365d, htpasswd:USER:KEY, bcrypt:KEY,
                           template:TEXT with {{ key }}
  --name, --namespace      of the Secret; --type, if not Opaque
  --age R,…                recipients in place of the creation rule's

Example:
  slipway secrets add secrets/db.sops.yaml --name db --namespace apps -k username -g password=random:32
`,
  async run(args, io): Promise<Status> {
    const file = operand(args, 0, 'a file');
    refuseMore(args, 1);
    const generators = generatorsOf(args);
    const keys = listOption(args, 'key').filter((key) => !Object.entries(generators).some(([one, how]) => makes(one, how).includes(key)));
    if (keys.length === 0 && Object.keys(generators).length === 0) throw wrongUse('No key is named.', 'Name some with --key or --generate.');
    const path = resolve(io.cwd, file);
    if (existsSync(path)) await addMissing(args, io, file, keys, generators);
    else await create(args, io, file, path, keys, generators);
    return 0;
  },
};

function generatorsOf(args: Arguments): Record<string, Generator> {
  const { generate = [] } = args.options;
  const given = Array.isArray(generate) ? generate : [generate];
  return Object.fromEntries(
    given.filter((one) => typeof one === 'string').map((one) => {
      const [, key, how] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
      if (key === undefined || how === undefined) throw wrongUse(`--generate ${one} is not KEY=HOW.`);
      return [key, parseGenerator(how)];
    }),
  );
}

type Generators = Readonly<Record<string, Generator>>;

async function valuesFor(io: Io, keys: readonly string[], generators: Generators, known: Readonly<Record<string, string>>) {
  const missing = keys.filter((key) => !(key in known));
  const asked: Record<string, string> = {};
  if (missing.length > 0 && !io.stdin.isTTY) {
    const [lines = branch([])] = readPlain(await readStdin(io), 'dotenv', 'standard input');
    const given = textsOf(lines);
    for (const key of missing) {
      const value = given[key];
      if (value === undefined) throw wrongUse(`Standard input has no line ${key}=….`);
      asked[key] = value;
    }
  } else {
    for (const key of missing) asked[key] = await askSecret(io, `Value of ${key}: `);
  }
  const made = await generateValues(generators, { ...known, ...asked }, new Date());
  return { ...asked, ...made };
}

async function create(args: Arguments, io: Io, file: string, path: string, keys: readonly string[], generators: Generators) {
  const format = formatFor(args, path);
  if (format === 'binary' || format === 'ini') throw wrongUse(`${file} would be ${format}, which has no place for keys alone.`, 'Use `slipway secrets encrypt`.');
  const name = textOption(args, 'name');
  if (format !== 'dotenv' && name === undefined) throw wrongUse('The Secret needs a name: --name.');
  const rules = rulesForNew(args, io, path, format);
  const values = await valuesFor(io, keys, generators, {});
  const identity = { name: name ?? '', namespace: textOption(args, 'namespace'), type: textOption(args, 'type') };
  const document = format === 'dotenv' ? textMap(values) : newSecret(identity, values);
  const sealed = await encryptFile([document], { ...rules, format, rule: rules.rule ?? DEFAULT_RULE, now: new Date(), file });
  namedAs(file, () => { replaceFile(path, sealed, undefined); });
  io.stderr.write(`${file} holds ${Object.keys(values).join(', ')}.\n`);
}

async function addMissing(args: Arguments, io: Io, file: string, keys: readonly string[], generators: Generators) {
  const loaded = load(args, io, file);
  await withOpen(loaded, keyringFrom(io), async (opened) => {
    const [first = branch([]), ...rest] = opened.documents;
    const values = await valuesFor(io, keys, generators, textsOf(first));
    const under = valuesPath(first);
    const changed = Object.entries(values).reduce<Branch>((tree, [key, value]) => setAt(tree, [...under, key], text(value)), first);
    save(loaded, reseal(opened, [changed, ...rest], new Date()));
    const names = Object.keys(values);
    io.stderr.write(names.length === 0 ? `${file} has all of them.\n` : `${file} holds ${names.join(', ')} now.\n`);
  });
}
