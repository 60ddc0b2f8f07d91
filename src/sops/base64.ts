/** Standard, padded base64, strictly: Buffer.from alone takes URL-safe letters and skips what it does not know. */

const STRICT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes; undefined where the text is not base64. Line breaks are skipped, as Go's encoding/base64 does. */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  return STRICT.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}
