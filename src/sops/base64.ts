/** Standard, padded base64, strictly: Buffer.from alone takes URL-safe letters and skips what it does not know. */

const STRICT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes; undefined where the text is not base64. Line breaks are skipped, as Go's encoding/base64 does. */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  return STRICT.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}

/** Base64 without padding and in its one canonical form, as age's stanzas have it (C2SP age, "Recipient stanza"). */
export function decodeUnpaddedBase64(text: string): Buffer | undefined {
  if (text.includes('=')) return undefined;
  const bytes = decodeBase64(text + '='.repeat((4 - (text.length % 4)) % 4));
  return bytes !== undefined && encodeUnpaddedBase64(bytes) === text ? bytes : undefined;
}

export const encodeUnpaddedBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replace(/=+$/, '');
