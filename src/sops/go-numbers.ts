/** Numbers, booleans and times, read and written as Go does it: what SOPS hashes and encrypts is Go's text of them. */

/** strconv.FormatFloat(v, 'f', -1, 64): the shortest digits that read back to the same number, never an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const { sign, digits, exponent } = shortestDigits(value);
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return sign + digits + '0'.repeat(exponent - digits.length);
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** strconv.FormatFloat(v, 'g' or 'G', -1, 64): the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function formatFloatG(value: number, letter: 'e' | 'E' = 'e'): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value);
  const { sign, digits, exponent } = shortestDigits(value);
  const power = exponent - 1;
  if (power >= -4 && power < 6) return formatFloat(value);
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits.slice(0, 1)}${rest}${letter}${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** encoding/json of a float64 (encode.go: floatEncoder), which is what JavaScript writes, but for the exponent's zero. */
export function formatJsonFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return String(value);
}

interface Digits {
  readonly sign: string;
  /** Without leading or trailing zeros; `0` for zero. */
  readonly digits: string;
  /** The decimal point stands behind so many digits. */
  readonly exponent: number;
}

function shortestDigits(value: number): Digits {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return { sign, digits: '0', exponent: 1 };
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  return { sign, digits: mantissa.replace('.', ''), exponent: Number(power) + 1 };
}

const DECIMAL_FLOAT = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** strconv.ParseFloat of a decimal number, NaN or an infinity; undefined where Go refuses or overflows. */
export function parseFloatAsGo(text: string): number | undefined {
  const special = /^([-+]?)(nan|inf|infinity)$/i.exec(text);
  if (special !== null) {
    if (/nan/i.test(special[2] ?? '')) return special[1] === '' ? Number.NaN : undefined;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  if (!DECIMAL_FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** strconv.Atoi on a 64-bit machine; undefined where Go refuses. */
export function parseIntAsGo(text: string): bigint | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return isInt64(value) ? value : undefined;
}

export const isInt64 = (value: bigint): boolean => value >= MIN_INT64 && value <= MAX_INT64;

/** strconv.ParseBool; undefined where Go refuses. */
export function parseBoolAsGo(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|([-+])(\d\d):(\d\d))$/;

/** A time that time.RFC3339 parses, written as time.RFC3339Nano does; undefined where Go refuses. */
export function normalizeTime(text: string): string | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const [, , , , , , , , , , zoneHour = '00', zoneMinute = '00'] = match;
  if (Number(zoneHour) > 24 || Number(zoneMinute) > 60) return undefined;
  const nanos = fraction.slice(0, 9).replace(/0+$/, '');
  const offset = /^[-+]00:00$/.test(zone) ? 'Z' : zone;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${nanos === '' ? '' : `.${nanos}`}${offset}`;
}

export function isDate(year: number, month: number, day: number): boolean {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day >= 1 && day <= (days[month - 1] ?? 0);
}
