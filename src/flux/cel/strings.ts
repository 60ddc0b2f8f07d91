import { CelError } from './value.ts';

/** The functions of cel-go's ext/strings.go; places and lengths are counted in code points. */

export function charAt(text: string, at: bigint): string {
  const runes = Array.from(text);
  const place = placeIn(runes, at);
  return runes[place] ?? '';
}

export function indexOf(text: string, part: string, from: bigint): bigint {
  if (part === '') return from;
  if (from < 0n) throw outOfRange(from);
  const runes = Array.from(text);
  const start = runes.slice(0, Number(from)).join('').length;
  const found = text.indexOf(part, start);
  return found < 0 || from >= runes.length ? -1n : runesIn(text.slice(0, found));
}

export function lastIndexOf(text: string, part: string, from: bigint | undefined): bigint {
  const length = runesIn(text);
  if (part === '') return from ?? length;
  if (from !== undefined && from < 0n) throw outOfRange(from);
  if (from !== undefined && from >= length) return -1n;
  const end = from === undefined ? text.length : Array.from(text).slice(0, Number(from)).join('').length;
  const found = text.lastIndexOf(part, end);
  return found < 0 ? -1n : runesIn(text.slice(0, found));
}

export function substring(text: string, start: bigint, end: bigint | undefined): string {
  const runes = Array.from(text);
  const [from, to] = [placeIn(runes, start), end === undefined ? runes.length : placeIn(runes, end)];
  if (from > to) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return runes.slice(from, to).join('');
}

/** @param limit how many are replaced at most; below 0 all */
export function replace(text: string, old: string, by: string, limit: bigint): string {
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  const most = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  return parts.map((part, at) => (at === parts.length - 1 ? part : `${part}${at < most ? by : old}`)).join('');
}

/** @param limit how many parts there are at most; below 0 all */
export function split(text: string, separator: string, limit: bigint): readonly string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit < 0n || parts.length <= limit) return parts;
  const kept = parts.slice(0, Number(limit) - 1);
  return [...kept, parts.slice(kept.length).join(separator)];
}

export function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}

export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

export function quote(text: string): string {
  return `"${Array.from(text.toWellFormed(), (rune) => QUOTED[rune] ?? rune).join('')}"`;
}

export function runesIn(text: string): bigint {
  return BigInt(Array.from(text).length);
}

function placeIn(runes: readonly string[], at: bigint): number {
  if (at < 0n || at > BigInt(runes.length)) throw outOfRange(at);
  return Number(at);
}

function outOfRange(at: bigint): CelError {
  return new CelError(`index out of range: ${at}`);
}
