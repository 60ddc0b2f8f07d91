import {
  Duration,
  formatDurationValue,
  formatTimestamp,
  parseDurationValue,
  parseTimestamp,
  Timestamp,
} from './time.ts';
import { CelError, checkedInt, noOverload, Uint, type Value, typeNameOf } from './value.ts';

const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i;
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** cel-go: common/stdlib, the conversions. */
export const CONVERSIONS: ReadonlyMap<string, (value: Value) => Value> = new Map<string, (value: Value) => Value>([
  ['dyn', (value) => value],
  ['bool', toBool],
  ['bytes', toBytes],
  ['double', toDouble],
  ['duration', toDuration],
  ['int', toInt],
  ['string', toText],
  ['timestamp', toTimestamp],
  ['uint', toUint],
]);

function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw noOverload();
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw notConverted(value, 'bool');
}

function toBytes(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') throw noOverload();
  return new Uint8Array(Buffer.from(value, 'utf8'));
}

function toDouble(value: Value): Value {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (typeof value !== 'string') throw noOverload();
  if (!FLOAT.test(value)) throw notConverted(value, 'double');
  return /[in]/i.test(value.replace(/e/i, '')) ? notFinite(value) : Number(value);
}

function notFinite(text: string): number {
  if (/nan/i.test(text)) return NaN;
  return text.startsWith('-') ? -Infinity : Infinity;
}

function toInt(value: Value): Value {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return checkedInt(value.value);
  if (typeof value === 'number') {
    if (!(Math.abs(value) < 2 ** 63)) throw new CelError('integer overflow');
    return BigInt(Math.trunc(value));
  }
  if (value instanceof Timestamp) return value.nanoseconds / 10n ** 9n;
  if (value instanceof Duration) return value.nanoseconds;
  if (typeof value !== 'string') throw noOverload();
  if (!DECIMAL.test(value)) throw notConverted(value, 'int');
  return checkedInt(BigInt(value.replace('+', '')));
}

function toUint(value: Value): Value {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return new Uint(value);
  if (typeof value === 'number') {
    if (!(value >= 0 && value < 2 ** 64)) throw new CelError('unsigned integer overflow');
    return new Uint(BigInt(Math.trunc(value)));
  }
  if (typeof value !== 'string') throw noOverload();
  if (!/^\d+$/.test(value)) throw notConverted(value, 'uint');
  return new Uint(BigInt(value));
}

function toText(value: Value): Value {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDurationValue(value);
  if (!(value instanceof Uint8Array)) throw noOverload();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** As Go's `%g` has it: with an exponent, of two digits at least, below 1e-4 and from 1e6 on where digits follow. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return String(value);
}

function toTimestamp(value: Value): Value {
  if (value instanceof Timestamp) return value;
  if (typeof value === 'bigint') {
    if (value < FIRST_SECOND || value > LAST_SECOND) throw new CelError('timestamp overflow');
    return new Timestamp(value * 10n ** 9n);
  }
  if (typeof value !== 'string') throw noOverload();
  const time = parseTimestamp(value);
  if (time === undefined) throw notConverted(value, 'google.protobuf.Timestamp');
  return time;
}

function toDuration(value: Value): Value {
  if (value instanceof Duration) return value;
  if (typeof value === 'bigint') return new Duration(value);
  if (typeof value !== 'string') throw noOverload();
  const length = parseDurationValue(value);
  if (length === undefined) throw notConverted(value, 'google.protobuf.Duration');
  return length;
}

function notConverted(value: Value, type: string): CelError {
  return new CelError(`type conversion error from '${typeNameOf(value)}' to '${type}'`);
}
