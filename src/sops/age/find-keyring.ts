import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from 'age-encryption';
import { failure } from '../failure.ts';
import type { ParsedIdentities } from './identities.ts';
import { isLockedIdentities, parseIdentities, unlockIdentities } from './identities.ts';
import { Keyring, type LazyIdentities, sentence } from './keyring.ts';
import { splitWords } from './split-words.ts';
import { sshIdentity } from './ssh.ts';

/** Asks a person for the passphrase of a file; undefined where nobody can be asked. */
export type AskPassphrase = (place: string) => Promise<string | undefined>;

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: the user's. */
  readonly home?: string;
  /** Default: the machine's. */
  readonly platform?: NodeJS.Platform;
  readonly askPassphrase?: AskPassphrase;
}

/** Reads every place that sops reads. Files behind a passphrase and commands wait until they are needed. */
export function findKeyring({
  environment,
  home = homedir(),
  platform = process.platform,
  askPassphrase,
}: Surroundings): Keyring {
  const identities: (string | Identity)[] = [];
  const lazy: LazyIdentities[] = [];
  const plugins: string[] = [];
  const problems: string[] = [];
  const empty: string[] = [];
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      problems.push(sentence(error));
    }
  };
  const add = (bytes: Buffer, place: string, severalInALine: boolean) => {
    if (isLockedIdentities(bytes)) {
      lazy.push(lockedIdentities(bytes, place, askPassphrase));
      return;
    }
    const parsed = parseIdentities(bytes.toString(), place, severalInALine);
    identities.push(...parsed.usable);
    plugins.push(...parsed.plugins);
    if (parsed.usable.length + parsed.plugins.length === 0) empty.push(place);
  };
  const addSshFile = (path: string) => {
    identities.push(sshIdentity(readKeyFile(path).toString('latin1')));
  };
  const { SOPS_AGE_SSH_PRIVATE_KEY_FILE, SOPS_AGE_SSH_PRIVATE_KEY_CMD } = environment;
  const { SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD } = environment;

  if (SOPS_AGE_SSH_PRIVATE_KEY_FILE === undefined) empty.push('SOPS_AGE_SSH_PRIVATE_KEY_FILE');
  else
    attempt(() => {
      addSshFile(SOPS_AGE_SSH_PRIVATE_KEY_FILE);
    });
  if (SOPS_AGE_SSH_PRIVATE_KEY_CMD === undefined) empty.push('SOPS_AGE_SSH_PRIVATE_KEY_CMD');
  else {
    lazy.push(
      commandIdentities('SOPS_AGE_SSH_PRIVATE_KEY_CMD', SOPS_AGE_SSH_PRIVATE_KEY_CMD, environment, (output) =>
        Promise.resolve({ usable: [sshIdentity(output.toString('latin1'))], plugins: [] }),
      ),
    );
  }
  for (const name of ['id_ed25519', 'id_rsa']) {
    const path = join(home, '.ssh', name);
    if (existsSync(path))
      attempt(() => {
        addSshFile(path);
      });
    else empty.push(path);
  }
  if (SOPS_AGE_KEY === undefined) empty.push('SOPS_AGE_KEY');
  else
    attempt(() => {
      add(Buffer.from(SOPS_AGE_KEY), 'SOPS_AGE_KEY', true);
    });
  if (SOPS_AGE_KEY_FILE === undefined) empty.push('SOPS_AGE_KEY_FILE');
  else
    attempt(() => {
      add(readKeyFile(SOPS_AGE_KEY_FILE), SOPS_AGE_KEY_FILE, false);
    });
  if (SOPS_AGE_KEY_CMD === undefined) empty.push('SOPS_AGE_KEY_CMD');
  else {
    lazy.push(
      commandIdentities('SOPS_AGE_KEY_CMD', SOPS_AGE_KEY_CMD, environment, async (output) =>
        isLockedIdentities(output)
          ? lockedIdentities(output, 'SOPS_AGE_KEY_CMD', askPassphrase).load('')
          : Promise.resolve(parseIdentities(output.toString(), 'SOPS_AGE_KEY_CMD')),
      ),
    );
  }
  const path = keysFile(environment, home, platform);
  if (existsSync(path))
    attempt(() => {
      add(readKeyFile(path), path, false);
    });
  else empty.push(path);
  return new Keyring({ identities, lazy, plugins, problems, empty });
}

/** The file that sops reads by default: `sops/age/keys.txt` in the user's configuration folder. */
export function keysFile(
  environment: Surroundings['environment'],
  home = homedir(),
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_CONFIG_HOME: xdg = '', AppData = '', APPDATA = AppData } = environment;
  if (platform === 'win32') return join(APPDATA, 'sops', 'age', 'keys.txt');
  const otherwise = platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.config');
  return join(xdg === '' ? otherwise : xdg, 'sops', 'age', 'keys.txt');
}

/** Key files are small; whatever is larger is none (age/encrypted_keys.go: 16 MiB). */
const MAX_KEY_FILE = 16 * 1024 * 1024;

function readKeyFile(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length < MAX_KEY_FILE) return bytes;
  } catch (cause) {
    throw failure('identity-file', `${path} cannot be read.`, { exitStatus: 3, cause });
  }
  throw failure('identity-file', `${path} is too large to be a file of identities.`, { exitStatus: 3 });
}

function lockedIdentities(bytes: Buffer, place: string, askPassphrase: AskPassphrase | undefined): LazyIdentities {
  let unlocked: Promise<ParsedIdentities> | undefined;
  const unlock = async () => {
    const passphrase = await askPassphrase?.(place);
    if (passphrase === undefined) {
      throw failure('passphrase', `${place} is locked with a passphrase, and there is no terminal to ask for it.`);
    }
    return unlockIdentities(bytes, passphrase, place);
  };
  return { place, load: () => (unlocked ??= unlock()) };
}

function commandIdentities(
  place: string,
  command: string,
  environment: Surroundings['environment'],
  parse: (output: Buffer) => Promise<ParsedIdentities>,
): LazyIdentities {
  return {
    place,
    load: async (recipient) => {
      const [program, ...parameters] = splitWords(command);
      if (program === undefined) throw failure('identity-command', `${place} is empty.`, { exitStatus: 3 });
      let output: Buffer;
      try {
        // No shell, as with sops. What the command says on standard error goes to the person who waits for it.
        output = execFileSync(program, parameters, {
          env: { ...environment, SOPS_AGE_RECIPIENT: recipient },
          stdio: ['inherit', 'pipe', 'inherit'],
          maxBuffer: MAX_KEY_FILE,
        });
      } catch {
        throw failure('identity-command', `The command of ${place} failed.`, { exitStatus: 3 });
      }
      return parse(output);
    },
  };
}
