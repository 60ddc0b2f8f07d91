/** Bech32 (BIP 173) without its limit of 90 letters, as age writes keys. */

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(values: readonly number[]): number {
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((factor, bit) => {
      if (((top >>> bit) & 1) === 1) checksum ^= factor;
    });
  }
  return checksum;
}

/** The bytes of a text with this prefix, in capitals or without; undefined where it is broken. */
export function decodeBech32(text: string, prefix: string): Buffer | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const split = lower.lastIndexOf('1');
  const name = lower.slice(0, split);
  const words = Array.from(lower.slice(split + 1), (letter) => LETTERS.indexOf(letter));
  if (name !== prefix.toLowerCase() || words.length < 6 || words.includes(-1)) return undefined;
  const codes = Array.from(name, (letter) => letter.charCodeAt(0));
  if (polymod([...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...words]) !== 1)
    return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let rest = 0;
  for (const word of words.slice(0, -6)) {
    rest = ((rest << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((rest >> bits) & 0xff);
    }
  }
  if (bits >= 5 || (rest & ((1 << bits) - 1)) !== 0) return undefined;
  return Buffer.from(bytes);
}
