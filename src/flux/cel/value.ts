import { isList, isObject, type Json } from '../../manifest/index.ts';
import { Duration, Timestamp } from './time.ts';

/** What CEL computes with: a whole number is a bigint, another one a number. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | Optional
  | CelType
  | CelList
  | CelMap;
export type CelList = readonly Value[];
/** Keys that are whole numbers are bigints, signed or not, since these are equal. */
export type CelMap = ReadonlyMap<Value, Value>;

/** An unsigned whole number. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    if (value < 0n || value >= 2n ** 64n) throw new CelError('unsigned integer overflow');
    this.value = value;
  }
}

/** What `?.` gives: a value, or none. */
export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** What `type(…)` gives. */
export class CelType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Why an expression has no value, in cel-go's words where these are known. */
export class CelError extends Error {}

/** Data of an object; undefined, which JSON does not have, is left out. */
export function fromJson(json: Json): Value {
  if (isList(json)) return json.map(fromJson);
  if (isObject(json)) {
    return new Map(
      Object.entries(json).flatMap(([key, value]) => (value === undefined ? [] : [[key, fromJson(value)] as const])),
    );
  }
  return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : json;
}

export function isCelList(value: Value): value is CelList {
  return Array.isArray(value);
}

export function isCelMap(value: Value): value is CelMap {
  return value instanceof Map;
}

/** The name of its type (cel-go: common/types). */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
  }
  if (value === null) return 'null_type';
  if (isCelList(value)) return 'list';
  if (isCelMap(value)) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  return value instanceof Optional ? 'optional_type' : 'type';
}

/** Whether both are the same; numbers of different types may be, other types never are. */
export function isEqual(a: Value, b: Value): boolean {
  const [x, y] = [a, b].map((value) => (value instanceof Uint ? value.value : value));
  // 1 and 1n are the same here; NaN is not itself.
  if (isNumber(x) && isNumber(y)) return x <= y && x >= y;
  if (isCelList(a)) return isCelList(b) && a.length === b.length && a.every((one, at) => isEqual(one, b[at] ?? null));
  if (isCelMap(a)) {
    if (!isCelMap(b) || a.size !== b.size) return false;
    return [...a].every(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && isEqual(value, other);
    });
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanoseconds === b.nanoseconds;
  if (a instanceof Duration) return b instanceof Duration && a.nanoseconds === b.nanoseconds;
  if (a instanceof CelType) return b instanceof CelType && a.name === b.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return isEqual(a.value, b.value);
  }
  return a === b;
}

/**
 * Negative where the first comes first, NaN where there is no order between them.
 *
 * @throws CelError where the types have no order
 */
export function compare(a: Value, b: Value): number {
  const [x, y] = [a, b].map((value) => (value instanceof Uint ? value.value : value));
  if (isNumber(x) && isNumber(y)) return x < y ? -1 : x > y ? 1 : x >= y ? 0 : NaN;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) {
    return a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0;
  }
  throw noOverload();
}

/** The form in which a value is a key of a map. */
export function keyOf(value: Value): Value {
  if (value instanceof Uint) return value.value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

/** A key as an error names it. */
export function keyText(key: Value): string {
  return typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : typeNameOf(key);
}

export function noOverload(): CelError {
  return new CelError('no such overload');
}

/** @throws CelError where it is outside of 64 bits */
export function checkedInt(value: bigint): bigint {
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw new CelError('integer overflow');
  return value;
}

function isNumber(value: Value | undefined): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}
