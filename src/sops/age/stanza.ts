/** What an armored age file says in the open: for which kinds of keys it is (age-encryption.org/v1, header). */
import { decodeBase64 } from '../base64.ts';

const ARMOR = /^\s*-----BEGIN AGE ENCRYPTED FILE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END AGE ENCRYPTED FILE-----\s*$/;

/** The types of its stanzas, `X25519`, `mlkem768x25519`, `ssh-ed25519`; undefined where it is no whole age file. */
export function stanzaTypes(armored: string): string[] | undefined {
  const bytes = decodeBase64(ARMOR.exec(armored)?.[1] ?? '?');
  if (bytes === undefined) return undefined;
  const text = bytes.toString('latin1');
  if (!text.startsWith('age-encryption.org/v1\n')) return undefined;
  const end = /\n--- [A-Za-z0-9+/]{43}\n/.exec(text);
  // 16 bytes of nonce, 32 or more of data key, 16 of tag.
  if (end === null || text.length < end.index + end[0].length + 64) return undefined;
  return [...text.slice(0, end.index).matchAll(/\n-> (\S+)/g)].map(([, type = '']) => type);
}

/** The type of stanza that a recipient makes; undefined where any may be (a plugin's). */
export function stanzaTypeOf(recipient: string): string | undefined {
  if (recipient.startsWith('age1pq1')) return 'mlkem768x25519';
  if (recipient.startsWith('ssh-')) return recipient.split(/\s/, 1)[0];
  return recipient.startsWith('age1') && recipient.lastIndexOf('1') === 3 ? 'X25519' : undefined;
}
