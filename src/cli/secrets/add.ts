import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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
import { declaredFiles, whyNotFit, type DeclaredFile } from './declared.ts';
import {
  formatFor,
  FORMAT_OPTION,
  keyringFrom,
  listOption,
  loadToChange,
  namedAs,
  refuseMore,
  rulesForNew,
  save,
  textOption,
  withOpen,
  wrongUse,
} from './files.ts';
import { askSecret, canAsk, readStdin } from './prompt.ts';
import { knownTexts, newObject, textMap, textsOf, valuesPath, type ObjectIdentity } from './secret-manifest.ts';

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
  help: `Usage: slipway secrets add [FILE]
       slipway secrets add FILE --key KEY,… [--generate KEY=HOW] [--name N] [--namespace NS] [--type T]

Makes an encrypted file, or puts what is missing into one that exists. With FILE alone, its keys and all else are what the
program declares of it (EncryptedSecret); without FILE, of all files that it declares. Values of --generate are made; the
others are asked for on the terminal, without an echo, or read from standard input as lines KEY=VALUE. Values that are
there already stay. A YAML or JSON file becomes a Kubernetes Secret; a .env file holds the keys as they are.

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
    refuseMore(args, 1);
    const [file] = args.operands;
    const isSpelt = ['key', 'generate'].some((option) => args.options[option] !== undefined);
    const all = isSpelt ? [spelt(args, io, file)] : (await declaredFiles(io, file)).map(fromProgram);
    if (all.length === 0) io.stderr.write('The program declares no secrets.\n');
    const input = await linesOfInput(io, all);
    for (const wanted of all) {
      const values = new Values(io, wanted, input);
      if (existsSync(wanted.path)) await addMissing(args, io, wanted, values);
      else await create(args, io, wanted, values);
    }
    return 0;
  },
};

/** What a file shall hold. */
interface Wanted {
  /** As the user named it. */
  readonly file: string;
  readonly path: string;
  readonly identity: ObjectIdentity;
  /** Keys that nothing makes. */
  readonly asked: readonly string[];
  readonly generators: Readonly<Record<string, Generator>>;
  /** Whether a key that a generator makes beside others belongs to the file. */
  readonly takes: (key: string) => boolean;
  readonly whyNotFit: (key: string, value: string) => string | undefined;
}

function spelt(args: Arguments, io: Io, file: string | undefined): Wanted {
  if (file === undefined) throw wrongUse('The command lacks a file.');
  const generators = generatorsOf(args);
  return {
    file,
    path: resolve(io.cwd, file),
    identity: {
      kind: 'Secret',
      name: textOption(args, 'name') ?? '',
      namespace: textOption(args, 'namespace'),
      type: textOption(args, 'type'),
    },
    asked: withoutMade(listOption(args, 'key'), generators),
    generators,
    takes: () => true,
    whyNotFit: () => undefined,
  };
}

function fromProgram({ name, path, identity, shapes }: DeclaredFile): Wanted {
  const generators = Object.fromEntries(
    [...shapes].flatMap(([key, { generate }]) => (generate === undefined ? [] : [[key, parseGenerator(generate)]])),
  );
  return {
    file: name,
    path,
    identity: identity ?? { kind: 'Secret', name: '', namespace: undefined, type: undefined },
    asked: withoutMade([...shapes.keys()], generators),
    generators,
    takes: (key) => shapes.has(key),
    whyNotFit: (key, value) => whyNotFit(shapes.get(key) ?? {}, value),
  };
}

function withoutMade(keys: readonly string[], generators: Wanted['generators']): string[] {
  return keys.filter((key) => !Object.entries(generators).some(([one, how]) => makes(one, how).includes(key)));
}

function generatorsOf(args: Arguments): Record<string, Generator> {
  const { generate = [] } = args.options;
  const given = Array.isArray(generate) ? generate : [generate];
  return Object.fromEntries(
    given
      .filter((one) => typeof one === 'string')
      .map((one) => {
        const [, key, how] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
        if (key === undefined || how === undefined) throw wrongUse(`--generate ${one} is not KEY=HOW.`);
        return [key, parseGenerator(how)];
      }),
  );
}

/** Lines KEY=VALUE, read where there is no terminal and something may have to be asked for. */
async function linesOfInput(io: Io, all: readonly Wanted[]): Promise<Readonly<Record<string, string>>> {
  if (canAsk(io) || all.every(({ asked }) => asked.length === 0)) return {};
  const [lines = branch([])] = readPlain(await readStdin(io), 'dotenv', 'standard input');
  return textsOf(lines);
}

/** Where the values of a file come from. */
class Values {
  readonly #io: Io;
  readonly #wanted: Wanted;
  readonly #input: Readonly<Record<string, string>>;

  constructor(io: Io, wanted: Wanted, input: Readonly<Record<string, string>>) {
    this.#io = io;
    this.#wanted = wanted;
    this.#input = input;
  }

  /** Of the keys that are not known yet. */
  async missing(known: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const { asked, generators, takes } = this.#wanted;
    const given: Record<string, string> = {};
    for (const key of asked.filter((one) => !(one in known))) given[key] = await this.#ask(key);
    const made = await generateValues(generators, { ...known, ...given }, new Date());
    return { ...given, ...Object.fromEntries(Object.entries(made).filter(([key]) => takes(key))) };
  }

  async #ask(key: string): Promise<string> {
    const { file } = this.#wanted;
    while (canAsk(this.#io)) {
      const value = await askSecret(this.#io, `Value of ${key} in ${file}: `);
      const problem = this.#wanted.whyNotFit(key, value);
      if (problem === undefined) return value;
      this.#io.stderr.write(`  That cannot be the value: ${problem}.\n`);
    }
    const value = this.#input[key];
    if (value === undefined) throw wrongUse(`Standard input has no line ${key}=….`, `It gives the values of ${file}.`);
    const problem = this.#wanted.whyNotFit(key, value);
    if (problem !== undefined) throw wrongUse(`The value of ${key} in standard input is not as declared: ${problem}.`);
    return value;
  }
}

async function create(args: Arguments, io: Io, { file, path, identity }: Wanted, values: Values): Promise<void> {
  const format = formatFor(args, path);
  if (format === 'binary' || format === 'ini') {
    throw wrongUse(`${file} would be ${format}, which has no place for keys alone.`, 'Use `slipway secrets encrypt`.');
  }
  if (format !== 'dotenv' && identity.name === '') throw wrongUse('The Secret needs a name: --name.');
  const rules = rulesForNew(args, io, path, format);
  const texts = await values.missing({});
  const document = format === 'dotenv' ? textMap(texts) : newObject(identity, texts);
  const rule = rules.rule ?? DEFAULT_RULE;
  const sealed = await encryptFile([document], { ...rules, format, rule, now: new Date(), file });
  namedAs(file, () => {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, sealed, undefined);
  });
  io.stderr.write(`${file} holds ${Object.keys(texts).join(', ')}.\n`);
}

async function addMissing(args: Arguments, io: Io, wanted: Wanted, values: Values): Promise<void> {
  const { file, asked, generators, takes } = wanted;
  const loaded = loadToChange(args, io, file);
  const there = knownTexts(loaded.sealed.documents[0] ?? branch([]));
  const made = Object.entries(generators).flatMap(([key, how]) => makes(key, how).filter(takes));
  if ([...asked, ...made].every((key) => key in there)) {
    io.stderr.write(`${file} has all of them.\n`);
    return;
  }
  await withOpen(loaded, keyringFrom(io), async (opened) => {
    const [first = branch([]), ...rest] = opened.documents;
    const texts = await values.missing(knownTexts(first));
    const under = valuesPath(first);
    const changed = Object.entries(texts).reduce<Branch>(
      (tree, [key, value]) => setAt(tree, [...under, key], text(value)),
      first,
    );
    save(loaded, reseal(opened, [changed, ...rest], new Date()));
    const names = Object.keys(texts);
    io.stderr.write(names.length === 0 ? `${file} has all of them.\n` : `${file} holds ${names.join(', ')} now.\n`);
  });
}
