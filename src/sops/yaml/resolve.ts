/** What a plain scalar means: YAML 1.1 as go-yaml v3 resolves it (resolve.go). */
import { formatFloat, isDate, isInt64, parseFloatAsGo } from '../go-numbers.ts';
import type { ScalarType } from '../tree.ts';

export type Resolved =
  | { readonly type: ScalarType; readonly bytes: string }
  | { readonly type: 'null' }
  /** An integer that no Go int holds. */
  | { readonly type: 'uint' };

const WORDS = new Map<string, Resolved>([
  ...['true', 'True', 'TRUE'].map((word): [string, Resolved] => [word, { type: 'bool', bytes: 'True' }]),
  ...['false', 'False', 'FALSE'].map((word): [string, Resolved] => [word, { type: 'bool', bytes: 'False' }]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Resolved] => [word, { type: 'null' }]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, Resolved] => [word, { type: 'float', bytes: 'NaN' }]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word): [string, Resolved] => [
    word,
    { type: 'float', bytes: '+Inf' },
  ]),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, Resolved] => [word, { type: 'float', bytes: '-Inf' }]),
]);

/** Whatever begins otherwise is text. */
const MAY_BE_OTHER = /^[-+0-9.yYnNtTfFoO~]/;

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** The meaning of a plain scalar without a tag; undefined where it is text. */
export function resolvePlain(text: string): Resolved | undefined {
  if (text !== '' && !MAY_BE_OTHER.test(text)) return undefined;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return resolveFloat(text);
  if (!/^[-+0-9]/.test(text)) return undefined;
  const time = resolveTime(text);
  if (time !== undefined) return { type: 'time', bytes: time };
  const plain = text.replaceAll('_', '');
  return resolveInt(plain) ?? (FLOAT.test(plain) ? resolveFloat(plain) : undefined);
}

/** The meaning of a scalar with a tag; undefined where it does not fit, which sops takes for null. */
export function resolveTagged(tag: string, text: string): Resolved | undefined {
  switch (tag) {
    case '!!str':
      return { type: 'str', bytes: text };
    case '!!bool':
    case '!!int':
    case '!!null':
    case '!!timestamp': {
      const resolved = resolvePlain(text);
      const type = resolved?.type === 'uint' ? 'int' : resolved?.type;
      return type === (tag === '!!timestamp' ? 'time' : tag.slice(2)) ? resolved : undefined;
    }
    case '!!float': {
      const resolved = resolvePlain(text);
      if (resolved?.type === 'int') return { type: 'float', bytes: formatFloat(Number(resolved.bytes)) };
      return resolved?.type === 'float' ? resolved : undefined;
    }
    default:
      return { type: 'str', bytes: text };
  }
}

function resolveFloat(text: string): Resolved | undefined {
  const value = parseFloatAsGo(text);
  return value === undefined ? undefined : { type: 'float', bytes: formatFloat(value) };
}

/** strconv.ParseInt and ParseUint with base 0. */
function resolveInt(text: string): Resolved | undefined {
  const match = /^([-+]?)(?:0x([0-9a-f]+)|0b([01]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/i.exec(text);
  if (match === null) return undefined;
  const [, sign = '', hex, binary, octal, decimal] = match;
  const digits = hex ?? binary ?? octal ?? decimal ?? '';
  const prefix = hex !== undefined ? '0x' : binary !== undefined ? '0b' : octal !== undefined ? '0o' : '';
  const size = BigInt(prefix + digits);
  const value = sign === '-' ? -size : size;
  if (isInt64(value)) return { type: 'int', bytes: String(value) };
  return sign === '' && value < 2n ** 64n ? { type: 'uint' } : undefined;
}

const TIME =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?)?$/;

/** A timestamp as time.RFC3339Nano writes it. */
function resolveTime(text: string): string | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = ''] = match;
  const hour = match[4] ?? match[9] ?? '0';
  const minute = match[5] ?? match[10] ?? '0';
  const second = match[6] ?? match[11] ?? '0';
  const fraction = (match[7] ?? match[12] ?? '').slice(0, 9).replace(/0+$/, '');
  const zone = match[8] ?? 'Z';
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 60)) return undefined;
  const two = (part: string) => part.padStart(2, '0');
  const offset = /^[-+]00:00$/.test(zone) ? 'Z' : zone;
  const nanos = fraction === '' ? '' : `.${fraction}`;
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${nanos}${offset}`;
}
