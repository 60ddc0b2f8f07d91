/**
 * The identities of whoever runs the program, found where sops finds them, all of them together
 * (age/keysource.go: loadIdentities, loadAgeSSHIdentities). What cannot be read is told only where a file stays closed.
 */
import { createHash } from 'node:crypto';
import type { Decrypter, Identity } from 'age-encryption';
import { SlipwayError } from '../../errors.ts';
import type { ParsedIdentities } from './identities.ts';
import { parseIdentities } from './identities.ts';

/** Identities that take an effort to get: a passphrase, or a command. They are got once, when all others failed. */
export interface LazyIdentities {
  readonly place: string;
  load(recipient: string): Promise<ParsedIdentities>;
}

export interface KeyringParts {
  readonly identities: readonly (string | Identity)[];
  readonly lazy?: readonly LazyIdentities[];
  readonly plugins?: readonly string[];
  /** Why a place that should hold identities gave none. */
  readonly problems?: readonly string[];
  /** Places that were looked at and hold none. */
  readonly empty?: readonly string[];
}

export class Keyring {
  private readonly parts: Required<KeyringParts>;
  private readonly decrypters = new Map<string, Promise<Decrypter | undefined>>();
  private readonly lateProblems: string[] = [];
  private readonly latePlugins: string[] = [];
  private ownDigest: Promise<string | undefined> | undefined;

  constructor(parts: KeyringParts) {
    this.parts = { lazy: [], plugins: [], problems: [], empty: [], ...parts };
  }

  get isEmpty(): boolean {
    return this.parts.identities.length === 0 && this.parts.lazy.length === 0;
  }

  /** What may explain that nothing opened: sentences without secrets. */
  explain(): readonly string[] {
    const plugins = [...this.parts.plugins, ...this.latePlugins];
    return [
      ...this.parts.problems,
      ...this.lateProblems,
      ...[...new Set(plugins)].map(
        (name) => `An identity needs ${name}; Slipway runs no age plugins, the sops program does.`,
      ),
      ...(this.isEmpty ? [`No identity was found in ${this.parts.empty.join(', ')}.`] : []),
    ];
  }

  /** The bytes of an armored age file; undefined where no identity opens it, or it is broken. */
  async unwrap(armored: string, recipient: string): Promise<Buffer | undefined> {
    const { armor } = await import('age-encryption');
    let file: Uint8Array;
    try {
      file = armor.decode(armored);
    } catch {
      return undefined;
    }
    const sources = [
      { name: '', get: () => this.decrypter(this.parts.identities) },
      ...this.parts.lazy.map((lazy) => ({
        name: `${lazy.place}\0${recipient}`,
        get: async () => this.decrypter(await this.loadLazy(lazy, recipient)),
      })),
    ];
    for (const { name, get } of sources) {
      const decrypter = this.decrypters.get(name) ?? get();
      this.decrypters.set(name, decrypter);
      const opened = await openWith(await decrypter, file);
      if (opened !== undefined) return opened;
    }
    return undefined;
  }

  /**
   * The age identities as text, each under its recipient: for where a cluster opens what is encrypted to that one. Those
   * that take an effort to get are got; keys of ssh are none.
   */
  async ageIdentities(): Promise<ReadonlyMap<string, string>> {
    const late = await Promise.all(this.parts.lazy.map((lazy) => this.loadLazy(lazy, '')));
    const found = new Map<string, string>();
    for (const identity of [...this.parts.identities, ...late.flat()]) {
      const text = textOf(identity);
      const recipient = text === undefined ? undefined : await recipientOf(identity);
      if (text !== undefined && recipient !== undefined) found.set(recipient, text);
    }
    return found;
  }

  /**
   * What a keyring opens, another of the same digest opens. It is of the recipients, so it tells nothing of an identity.
   * Undefined where an identity takes an effort to get, or is broken.
   */
  digest(): Promise<string | undefined> {
    return (this.ownDigest ??= this.digestOnce());
  }

  private async digestOnce(): Promise<string | undefined> {
    if (this.parts.lazy.length > 0) return undefined;
    const recipients = await Promise.all(this.parts.identities.map(recipientOf));
    if (!recipients.every((recipient) => recipient !== undefined)) return undefined;
    return createHash('sha256').update(JSON.stringify(recipients.sort())).digest('hex');
  }

  private async loadLazy(lazy: LazyIdentities, recipient: string): Promise<readonly (string | Identity)[]> {
    try {
      const { usable, plugins } = await lazy.load(recipient);
      this.latePlugins.push(...plugins);
      return usable;
    } catch (error) {
      this.lateProblems.push(sentence(error));
      return [];
    }
  }

  private async decrypter(identities: readonly (string | Identity)[]): Promise<Decrypter | undefined> {
    const { Decrypter: NewDecrypter } = await import('age-encryption');
    const decrypter = new NewDecrypter();
    let usable = 0;
    for (const identity of identities) {
      try {
        decrypter.addIdentity(identity);
        usable++;
      } catch {
        this.lateProblems.push('An age identity is not whole: a letter of it is missing or wrong.');
      }
    }
    return usable === 0 ? undefined : decrypter;
  }
}

/** Undefined of a key of ssh. */
function textOf(identity: string | Identity): string | undefined {
  if (typeof identity === 'string') return identity;
  return 'text' in identity && typeof identity.text === 'string' ? identity.text : undefined;
}

/** Undefined of an identity that is broken. */
async function recipientOf(identity: string | Identity): Promise<string | undefined> {
  if (typeof identity !== 'string' && 'recipient' in identity) return String(identity.recipient);
  const { identityToRecipient } = await import('age-encryption');
  return identityToRecipient(textOf(identity) ?? '').catch(() => undefined);
}

async function openWith(decrypter: Decrypter | undefined, file: Uint8Array): Promise<Buffer | undefined> {
  try {
    const opened = await decrypter?.decrypt(file);
    if (opened === undefined) return undefined;
    const key = Buffer.from(opened);
    opened.fill(0);
    return key;
  } catch {
    return undefined;
  }
}

/** Without a secret. */
export const sentence = (error: unknown): string =>
  error instanceof SlipwayError ? error.message : 'An identity cannot be read.';

/** A keyring of the identities in a text, for whoever holds them already. @throws {SlipwayError} `sops/identity`. */
export function keyringOf(text: string): Keyring {
  const { usable, plugins } = parseIdentities(text, 'the identities given', true);
  return new Keyring({ identities: usable, plugins });
}

/**
 * A keyring of identity files that somebody has read.
 *
 * @param files by what errors call them
 * @param problems what else may explain that nothing opens: sentences without secrets
 * @param place what is called empty where no file holds an identity
 * @throws {SlipwayError} `sops/identity`
 */
export function keyringOfFiles(
  files: ReadonlyMap<string, string>,
  problems: readonly string[],
  place: string,
): Keyring {
  const parsed = [...files].map(([name, text]) => parseIdentities(text, name));
  return new Keyring({
    identities: parsed.flatMap(({ usable }) => usable),
    plugins: parsed.flatMap(({ plugins }) => plugins),
    problems,
    empty: [place],
  });
}
