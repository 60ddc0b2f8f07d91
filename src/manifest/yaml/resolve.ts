import type { YamlDialect } from './dialect.ts';
import type { ScalarNode } from './parse.ts';
import { YamlError } from './yaml-error.ts';

/** A scalar with the type that its text or tag gives it (resolve.go: resolve). */
export type Resolved =
  | { readonly tag: '!!str' | '!!timestamp' | '!!binary'; readonly value: string }
  | { readonly tag: '!!int'; readonly value: number | bigint }
  | { readonly tag: '!!float'; readonly value: number }
  | { readonly tag: '!!bool'; readonly value: boolean }
  | { readonly tag: '!!null'; readonly value: null };

/**
 * @throws YamlError `yaml-value` where the text is not of the type that its tag says.
 */
export function resolveScalar(node: ScalarNode, dialect: YamlDialect): Resolved {
  const tag = node.tag === '!' ? (dialect === 'sigs' ? '!!str' : '') : node.tag;
  if (tag === '') return node.style === 'plain' ? resolvePlain(node.text, dialect) : { tag: '!!str', value: node.text };
  switch (tag) {
    case '!!binary':
      return { tag, value: decodeBinary(node) };
    case '!!bool':
    case '!!int':
    case '!!null':
    case '!!timestamp':
    case '!!float': {
      const resolved = resolvePlain(node.text, dialect, tag);
      if (resolved.tag === tag) return resolved;
      if (tag === '!!float' && resolved.tag === '!!int') return { tag, value: Number(resolved.value) };
      throw new YamlError(
        'yaml-value',
        node.start,
        `The tag says ${tag}, but this is a ${resolved.tag} to Go's reader.`,
      );
    }
    default:
      // Of a tag of its own (!custom) Go's reader knows nothing: the text is a string.
      return { tag: '!!str', value: node.text };
  }
}

/** Go's base64.StdEncoding, which skips line breaks; what is no UTF-8 becomes U+FFFD when it is written as JSON. */
function decodeBinary(node: ScalarNode): string {
  const text = node.text.replace(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new YamlError('yaml-value', node.start, 'The tag says !!binary, but this is no base64.');
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
}

const WORDS: ReadonlyMap<string, Resolved> = new Map<string, Resolved>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { tag: '!!null', value: null }] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, { tag: '!!bool', value: true }] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, { tag: '!!bool', value: false }] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, { tag: '!!float', value: NaN }] as const),
  ...['', '+'].flatMap((sign) =>
    ['.inf', '.Inf', '.INF'].map((word) => [`${sign}${word}`, { tag: '!!float', value: Infinity }] as const),
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, { tag: '!!float', value: -Infinity }] as const),
]);

const SIGS_WORDS: ReadonlyMap<string, Resolved> = new Map<string, Resolved>([
  ...WORDS,
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word) => [word, { tag: '!!bool', value: true }] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word) => [word, { tag: '!!bool', value: false }] as const),
]);

/** First characters of what may be something other than a string. */
const HINT = /^[-+.0-9~nNtTfFyYoO]/;

/** Nobody writes a longer one, and reading it takes time that grows with the square of its length. */
const LONGEST_NUMBER = 1000;

function resolvePlain(text: string, dialect: YamlDialect, tag?: string): Resolved {
  if (text !== '' && (!HINT.test(text) || text.length > LONGEST_NUMBER)) return { tag: '!!str', value: text };
  const word = (dialect === 'sigs' ? SIGS_WORDS : WORDS).get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first > 0x39) return { tag: '!!str', value: text };
  if (first === 0x2e) {
    const value = DOT_FLOAT.test(text) ? Number(text.replaceAll('_', '')) : NaN;
    return Number.isFinite(value) ? { tag: '!!float', value } : { tag: '!!str', value: text };
  }
  const timestamp = tag === undefined || tag === '!!timestamp' ? parseTimestamp(text) : undefined;
  // go-yaml v2 gives a timestamp back as its text.
  if (timestamp !== undefined) return { tag: '!!timestamp', value: dialect === 'sigs' ? text : timestamp };
  return resolveNumber(text.replaceAll('_', ''), dialect) ?? { tag: '!!str', value: text };
}

/** What Go's ParseFloat takes of texts that start with a point. */
const DOT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;

/** What Go's ParseInt takes with base 0. */
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))$/;

/** What is left for resolve.go to try by itself: ParseInt of what follows the prefix, which may have a sign there. */
const SIGNED_INSIDE = /^(0b(?=[-+]?[01]+$)|0o(?=[-+]?[0-7]+$))([-+])([0-7]+)$/;

/** resolve.go: yamlStyleFloat. */
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;

function resolveNumber(text: string, dialect: YamlDialect): Resolved | undefined {
  const [, sign = '', hex, octal, binary, decimal] = INTEGER.exec(text) ?? [];
  if (hex !== undefined) return goInteger(`0x${hex}`, sign);
  if (octal !== undefined) return goInteger(`0o${octal}`, sign) ?? resolveFloat(text);
  if (binary !== undefined) return goInteger(`0b${binary}`, sign);
  if (decimal !== undefined) return goInteger(decimal, sign) ?? resolveFloat(text);
  const [, prefix = '', innerSign = '', digits] = SIGNED_INSIDE.exec(text) ?? [];
  if (digits !== undefined && (prefix === '0b' || dialect === 'kyaml'))
    return goInteger(`${prefix}${digits}`, innerSign);
  return resolveFloat(text);
}

function resolveFloat(text: string): Resolved | undefined {
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  // Go refuses a float out of range, and what is no number is a string. -0 is 0 once it was JSON.
  return Number.isFinite(value) ? { tag: '!!float', value: value === 0 ? 0 : value } : undefined;
}

/** As a number where that is exact, else as a bigint, within int64 and, without a sign, uint64. */
function goInteger(digits: string, sign: string): Resolved | undefined {
  const small = Number(digits);
  if (small <= Number.MAX_SAFE_INTEGER) return { tag: '!!int', value: sign === '-' && small !== 0 ? -small : small };
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  const fits = value >= MIN_INT64 && value <= (sign === '' ? MAX_UINT64 : MAX_INT64);
  return fits ? { tag: '!!int', value } : undefined;
}

const DATE =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]| +)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})?)?$/;

/**
 * A timestamp in the forms that go-yaml takes (resolve.go: allowedTimestampFormats, read by time.Parse), as
 * time.Time writes itself into JSON; undefined for anything else, for example for the 30th of February.
 */
function parseTimestamp(text: string): string | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour, minute = '', second = '', fraction = '', zone] = match;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) {
    return undefined;
  }
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (hour === undefined) return `${date}T00:00:00Z`;
  // With a T there must be a zone, with a blank there must be none.
  if (/[Tt]/.test(text) !== (zone !== undefined)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = zoneOffset(zone ?? 'Z');
  if (offset === undefined) return undefined;
  const time = [hour, minute, second].map((part) => part.padStart(2, '0')).join(':');
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, '');
  return `${date}T${time}${nanoseconds === '' ? '' : `.${nanoseconds}`}${offset}`;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** time.Parse allows 24 hours and 60 minutes; RFC 3339 is then refused at the 24th hour. */
function zoneOffset(zone: string): string | undefined {
  if (zone === 'Z') return 'Z';
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  if (Number(zone.slice(4)) > 60 || minutes >= 24 * 60) return undefined;
  if (minutes === 0) return 'Z';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${zone.charAt(0)}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
