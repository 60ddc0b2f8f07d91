import { SlipwayError } from '../../errors.ts';
import { matchesGlob } from './glob.ts';

/**
 * What an operator makes of a variable's value (fluxcd/pkg envsubst: funcs.go). Lengths and positions count bytes.
 * An operator that Flux does not know leaves the value as it is.
 */
export function applyOperator(operator: string, value: string, args: readonly string[]): string {
  const [first = '', second] = args;
  switch (operator) {
    case ',':
      return mapFirst(value, simpleLower);
    case ',,':
      return Array.from(value, simpleLower).join('');
    case '^':
      return mapFirst(value, simpleUpper);
    case '^^':
      return Array.from(value, simpleUpper).join('');
    case ':':
      return substring(value, first, second);
    case '/':
      return replaceFirst(value, first, second ?? '');
    case '//':
      return replaceAll(value, first, second ?? '');
    case '/#':
      return second !== undefined && value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return second !== undefined && value.endsWith(first)
        ? value.slice(0, value.length - first.length) + second
        : value;
    case '#':
      return args.length === 0 ? String(Buffer.byteLength(value)) : trim(value, first, 'shortest');
    case '##':
      return trim(value, first, 'longest');
    case '%':
      return reverse(trim(reverse(value), reverse(first), 'shortest'));
    case '%%':
      return reverse(trim(reverse(value), reverse(first), 'longest'));
    default:
      return value;
  }
}

function mapFirst(text: string, map: (character: string) => string): string {
  const [first] = text;
  return first === undefined ? text : map(first) + text.slice(first.length);
}

/** Go maps each character to one character: ß has no upper case there. */
function simpleUpper(character: string): string {
  const upper = character.toUpperCase();
  return Array.from(upper).length === 1 ? upper : character;
}

function simpleLower(character: string): string {
  // The one letter whose lower case is two characters in Unicode's full mapping.
  return character === '\u0130' ? 'i' : character.toLowerCase();
}

/** What strconv.Atoi takes. */
const INTEGER = /^[-+]?\d{1,18}$/;

function substring(value: string, from: string, count: string | undefined): string {
  if (!INTEGER.test(from)) return value;
  const bytes = Buffer.from(value);
  let start = Number(from);
  if (start < 0) start = Math.max(bytes.length + start, 0);
  if (count === undefined) return decode(bytes.subarray(start));
  if (!INTEGER.test(count)) return value;
  const length = Number(count);
  // As of Flux 2.9.5: a negative length counts from the end. Before, Flux failed.
  const end = length < 0 ? bytes.length + length : Math.min(start + length, bytes.length);
  return decode(bytes.subarray(start, Math.max(end, start)));
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SlipwayError({
      code: 'flux/bad-substitution',
      message: 'A position counts bytes, and this one cuts a character of several bytes in two.',
      cause,
    });
  }
}

/** strings.Replace: an empty pattern matches before each character and at the end. */
function replaceAll(value: string, pattern: string, replacement: string): string {
  if (pattern !== '') return value.replaceAll(pattern, () => replacement);
  return replacement + Array.from(value, (character) => character + replacement).join('');
}

function replaceFirst(value: string, pattern: string, replacement: string): string {
  const at = value.indexOf(pattern);
  return at === -1 ? value : value.slice(0, at) + replacement + value.slice(at + pattern.length);
}

/** Prefixes that end within a character, which Go tries too, match only patterns that no repository has. */
function trim(value: string, pattern: string, which: 'shortest' | 'longest'): string {
  const characters = Array.from(value);
  const glob = matchesGlob(pattern);
  const lengths = characters.map((_, index) => index + 1);
  if (which === 'longest') lengths.reverse();
  const length = lengths.find((count) => glob(characters.slice(0, count)));
  return length === undefined ? value : characters.slice(length).join('');
}

function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}
