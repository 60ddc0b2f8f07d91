/** The text of an identity file -> identities (age/keysource.go: parseIdentities, unwrapIdentities). */
import type { Identity } from 'age-encryption';
import { failure } from '../failure.ts';
import { nativeHybridIdentity } from './hybrid.ts';
import { pluginName } from './recipients.ts';

export interface ParsedIdentities {
  readonly usable: readonly (string | Identity)[];
  /** Names of the plugins that further identities would need. */
  readonly plugins: readonly string[];
}

/**
 * Identities of a text, one a line; empty lines and those that begin with `#` are skipped.
 *
 * @param severalInALine `SOPS_AGE_KEY` may hold several in a line, with blanks around them.
 * @throws {SlipwayError} `sops/identity`, without a word of the line.
 */
export function parseIdentities(text: string, place: string, severalInALine = false): ParsedIdentities {
  const usable: (string | Identity)[] = [];
  const plugins: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    for (const word of severalInALine ? line.split(/\s+/).filter(Boolean) : [line]) {
      if (word.startsWith('AGE-PLUGIN-')) plugins.push(pluginName(word));
      else if (/^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/.test(word)) usable.push(nativeHybridIdentity(word) ?? word);
      else throw malformed(place, index + 1);
    }
  });
  return { usable, plugins };
}

function malformed(place: string, line: number): Error {
  return failure('identity', `Line ${line} of ${place} is no age identity.`, {
    remedy: 'A line is an identity (AGE-SECRET-KEY-…, in capitals, without blanks before it), a comment (#), or empty.',
    exitStatus: 3,
  });
}

/** Whether an identity file is itself an age file, which a passphrase opens. */
export const isLockedIdentities = (bytes: Buffer): boolean =>
  bytes.subarray(0, 14).equals(Buffer.from('age-encryption')) ||
  bytes.subarray(0, 14).equals(Buffer.from('-----BEGIN AGE'));

/** @throws {SlipwayError} `sops/passphrase` where it does not open the file. */
export async function unlockIdentities(bytes: Buffer, passphrase: string, place: string): Promise<ParsedIdentities> {
  const { armor, Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let text: Uint8Array;
  try {
    const file = bytes.toString('latin1', 0, 5) === '-----' ? armor.decode(bytes.toString('latin1')) : bytes;
    text = await decrypter.decrypt(file);
  } catch {
    throw failure('passphrase', `The passphrase does not open ${place}, or the file is broken.`, { exitStatus: 3 });
  }
  const parsed = parseIdentities(Buffer.from(text).toString(), place);
  text.fill(0);
  return parsed;
}
