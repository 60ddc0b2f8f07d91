/** What the verbs of `slipway secrets` share: reading and opening files, creation rules, which files are meant. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { CreationRule, FormatName, Keyring, Layout, OpenFile, SopsConfig, SopsFile } from '../../sops/index.ts';
import {
  findConfig,
  findKeyring,
  formatOf,
  FORMATS,
  hasPattern,
  isAge,
  layoutFor,
  loadConfig,
  matchRule,
  openSopsFile,
  pathForRules,
  readFileWhole,
  readSopsFile,
  replaceFile,
  ruleFor,
} from '../../sops/index.ts';
import { ownershipLookup } from '../../tree/index.ts';
import type { Arguments, Io } from '../command.ts';
import { askSecret, canAsk } from './prompt.ts';

export const wrongUse = (message: string, remedy?: string): SlipwayError =>
  new SlipwayError({ code: 'cli/usage', message, remedy, exitStatus: 2 });

/** A text option; undefined where it was not given. */
export function textOption({ options }: Arguments, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** An option that may be given several times, each with commas. */
export function listOption({ options }: Arguments, name: string): string[] {
  const value = options[name];
  const given = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return given.flatMap((part) => (typeof part === 'string' ? part.split(',') : [])).filter((part) => part !== '');
}

/** The one operand that a verb takes, or the operands in order. */
export function operand({ operands }: Arguments, index: number, what: string): string {
  const value = operands[index];
  if (value === undefined) throw wrongUse(`The command lacks ${what}.`);
  return value;
}

export function refuseMore({ operands }: Arguments, count: number): void {
  const extra = operands[count];
  if (extra !== undefined) throw wrongUse(`'${extra}' is one argument too many.`);
}

export const FORMAT_OPTION = { format: { type: 'string' } } as const;

/** The format that `--format` names, or the file's name tells. */
export function formatFor(args: Arguments, path: string): FormatName {
  const name = textOption(args, 'format');
  if (name === undefined) return formatOf(path);
  const format = FORMATS.find((known) => known === name);
  if (format === undefined) throw wrongUse(`There is no format ${name}.`, `Name one of ${FORMATS.join(', ')}.`);
  return format;
}

/** Identities of the environment; a passphrase is asked for on the terminal. */
export function keyringFrom(io: Io): Keyring {
  return findKeyring({
    environment: io.env,
    ...(io.env.HOME !== undefined && { home: io.env.HOME }),
    askPassphrase: async (place) => (canAsk(io) ? askSecret(io, `Passphrase of ${place}: `) : undefined),
  });
}

export interface Loaded {
  readonly path: string;
  readonly sealed: SopsFile;
}

/** Reads an encrypted file; errors name it as the user did. */
export function load(args: Arguments, io: Io, name: string): Loaded {
  const path = resolve(io.cwd, name);
  const { bytes } = namedAs(name, () => readFileWhole(path));
  return { path, sealed: readSopsFile(bytes, formatFor(args, path), name) };
}

/** As {@link load}, for what is to be changed. @throws {SlipwayError} `secrets/copy` for a file that synth writes. */
export function loadToChange(args: Arguments, io: Io, name: string): Loaded {
  if (ownershipLookup()(resolve(io.cwd, name))) {
    throw new SlipwayError({
      code: 'secrets/copy',
      message: 'The file is a copy that synth puts into the tree.',
      remedy:
        'Change the file below secrets/ that it is made of (`slipway explain FILE` leads to its declaration), then `slipway synth`.',
      place: { file: name },
      exitStatus: 2,
    });
  }
  return load(args, io, name);
}

/** Runs `work`; an error that names a file as the system does names it as the user did. */
export function namedAs<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, remedy, place, exitStatus, cause } = error;
    throw new SlipwayError({ code, message, remedy, place: { ...place, file: name }, exitStatus, cause });
  }
}

export async function withOpen<T>(
  { sealed }: Pick<Loaded, 'sealed'>,
  keyring: Keyring,
  work: (opened: OpenFile) => T | Promise<T>,
  ignoreMac = false,
): Promise<T> {
  const opened = await openSopsFile(sealed, keyring, { ignoreMac });
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}

/** Writes the file's new content, unless it is what it was. Says whether it wrote. */
export function save({ path, sealed }: Loaded, bytes: Buffer): boolean {
  if (bytes.equals(sealed.bytes)) return false;
  namedAs(sealed.file ?? path, () => {
    replaceFile(path, bytes, sealed.bytes);
  });
  return true;
}

export interface NewFileRules {
  readonly recipients: readonly (readonly string[])[];
  readonly shamirThreshold: number;
  readonly rule: CreationRule['rule'] | undefined;
  readonly macOnlyEncrypted: boolean;
  readonly layout: Layout;
}

/** To whom and by which rule a new file is encrypted: `--age`, else the creation rules. */
export function rulesForNew(args: Arguments, io: Io, path: string, format: FormatName): NewFileRules {
  const config = configFor(io);
  const named = listOption(args, 'age');
  const rule =
    config === undefined || (named.length > 0 && matched(config, path) === undefined)
      ? undefined
      : ruleFor(config, path);
  const foreign = rule?.groups.flat().find((key) => !isAge(key));
  if (named.length === 0 && foreign !== undefined) {
    throw new SlipwayError({
      code: 'sops/foreign-key',
      message: `The creation rule names a ${foreign.kind} key, ${foreign.id}, which Slipway cannot encrypt to.`,
      remedy: 'Encrypt the file with the sops program, or name age recipients with --age.',
      place: { file: config?.path, line: rule?.line },
      exitStatus: 2,
    });
  }
  if (named.length === 0 && rule === undefined) {
    throw new SlipwayError({
      code: 'sops/no-recipients',
      message:
        'There is nobody to encrypt to: no .sops.yaml from here upward has creation rules, and --age is not given.',
      remedy:
        'Make a key with `slipway secrets keygen` and name its recipient in the `ageRecipients` of your Cluster, in .sops.yaml, or with --age.',
      exitStatus: 2,
    });
  }
  return {
    recipients: named.length > 0 ? [named] : (rule?.groups ?? []).map((group) => group.map(({ id }) => id)),
    shamirThreshold: rule?.shamirThreshold ?? 0,
    rule: rule?.rule,
    macOnlyEncrypted: rule?.macOnlyEncrypted ?? false,
    layout: layoutFor(config, format),
  };
}

const matched = (config: SopsConfig, path: string) => matchRule(config, pathForRules(config, path));

/** The creation rules from the working directory upward, as sops finds them; `SOPS_CONFIG` names another file. */
export function configFor(io: Io): SopsConfig | undefined {
  const path = io.env.SOPS_CONFIG ?? findConfig(io.cwd);
  return path === undefined || path === '' ? undefined : loadConfig(resolve(io.cwd, path));
}

/** The environment of a child process: without the age key that may stand in it, which is no business of git or an editor. */
export function withoutKey(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'SOPS_AGE_KEY'));
}

/** The files below the folder of `.sops.yaml`, or of the repository: those of git, where there is one, else all. */
export function listFiles(folder: string, io: Io): string[] {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: folder,
    env: withoutKey(io.env),
    maxBuffer: 2 ** 28,
  });
  if (git.status === 0)
    return git.stdout
      .toString()
      .split('\0')
      .filter((path) => path !== '');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)))
    .filter((path) => !/(^|[/\\])(node_modules|\.git)[/\\]/.test(path));
}

/** Whether a file's bytes may hold SOPS metadata: cheap, and never wrong about a file that does. */
export const mayBeSealed = (bytes: Buffer): boolean =>
  bytes.includes('sops') && bytes.includes('lastmodified') && bytes.includes('ENC[AES256_GCM,');

/**
 * The named files, or all that have SOPS metadata below the folder of `.sops.yaml`, or the working directory: where the
 * rules say which files they are for, those. Copies that synth put into the tree are not changed, and of all files only
 * verified.
 */
export function loadAll(args: Arguments, io: Io, purpose: 'change' | 'list' | 'verify'): Loaded[] {
  const loadOne = purpose === 'change' ? loadToChange : load;
  if (args.operands.length > 0) return args.operands.map((name) => loadOne(args, io, name));
  const isCopy = ownershipLookup();
  const config = configFor(io);
  const root = config === undefined ? io.cwd : dirname(config.path);
  const hasPatterns = config?.rules?.some(hasPattern) === true;
  const isMeant = (path: string) => {
    const rule = config === undefined ? undefined : matchRule(config, path);
    return path.includes('.sops.') || (rule !== undefined && hasPattern(rule));
  };
  return listFiles(root, io).flatMap((path) => {
    const full = join(root, path);
    if ((purpose !== 'verify' && isCopy(full)) || (hasPatterns && !isMeant(path))) return [];
    let bytes: Buffer;
    try {
      bytes = readFileWhole(full).bytes;
    } catch {
      return [];
    }
    if (!mayBeSealed(bytes)) return [];
    try {
      return [{ path: full, sealed: readSopsFile(bytes, formatOf(full), relative(io.cwd, full)) }];
    } catch (error) {
      // Text that only speaks of SOPS: documentation, a test.
      if (error instanceof SlipwayError && !isMeant(path)) return [];
      throw error;
    }
  });
}
