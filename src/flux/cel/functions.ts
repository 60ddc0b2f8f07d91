import type { Budget } from './budget.ts';
import { CONVERSIONS } from './conversions.ts';
import { compilePattern } from './pattern.ts';
import * as strings from './strings.ts';
import { Duration, partOfDuration, partOfTimestamp, Timestamp } from './time.ts';
import {
  CelError,
  type CelList,
  CelType,
  isCelList,
  isCelMap,
  isEqual,
  noOverload,
  Optional,
  Uint,
  type Value,
  typeNameOf,
} from './value.ts';

/** A function as one calls it: the receiver, where there is one, is the first of the arguments. */
type Call = (args: readonly Value[], budget: Budget) => Value;

/**
 * The functions of Flux's expressions: cel-go's own, and its extensions strings, sets and encoders (fluxcd/pkg
 * runtime/cel: NewExpression). Those that are called on a value, by their names.
 */
const METHODS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['size', sizeOf],
  ['contains', ([text, part]) => textOf(text).includes(textOf(part))],
  ['startsWith', ([text, part]) => textOf(text).startsWith(textOf(part))],
  ['endsWith', ([text, part]) => textOf(text).endsWith(textOf(part))],
  ['matches', matches],
  ['charAt', ([text, at]) => strings.charAt(textOf(text), intOf(at))],
  [
    'indexOf',
    ([text, part, from]) => strings.indexOf(textOf(text), textOf(part), from === undefined ? 0n : intOf(from)),
  ],
  [
    'lastIndexOf',
    ([text, part, from]) => strings.lastIndexOf(textOf(text), textOf(part), from === undefined ? from : intOf(from)),
  ],
  ['lowerAscii', ([text]) => strings.lowerAscii(textOf(text))],
  ['upperAscii', ([text]) => strings.upperAscii(textOf(text))],
  [
    'replace',
    ([text, old, by, limit]) =>
      strings.replace(textOf(text), textOf(old), textOf(by), limit === undefined ? -1n : intOf(limit)),
  ],
  ['reverse', ([text]) => strings.reverse(textOf(text))],
  [
    'split',
    ([text, separator, limit]) =>
      strings.split(textOf(text), textOf(separator), limit === undefined ? -1n : intOf(limit)),
  ],
  [
    'substring',
    ([text, start, end]) => strings.substring(textOf(text), intOf(start), end === undefined ? end : intOf(end)),
  ],
  ['trim', ([text]) => textOf(text).trim()],
  [
    'join',
    ([list, separator]) =>
      listOf(list)
        .map(textOf)
        .join(separator === undefined ? '' : textOf(separator)),
  ],
  ['first', ([list]) => new Optional(listOf(list)[0])],
  ['last', ([list]) => new Optional(listOf(list).at(-1))],
  ['unwrapOpt', ([list]) => unwrapped(list)],
  ['hasValue', ([optional]) => optionalOf(optional).value !== undefined],
  ['value', ([optional]) => presentValue(optionalOf(optional))],
]);

/** Those that are called by their names alone, or by a name with a dot. */
const FUNCTIONS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ...[...CONVERSIONS].map(([name, convert]): [string, Call] => [name, ([value]) => convert(value ?? null)]),
  ['size', sizeOf],
  ['matches', matches],
  ['type', ([value]) => new CelType(typeNameOf(value ?? null))],
  ['strings.quote', ([text]) => strings.quote(textOf(text))],
  ['sets.contains', ([list, part], budget) => includesAll(listOf(list), listOf(part), budget)],
  [
    'sets.equivalent',
    ([a, b], budget) => includesAll(listOf(a), listOf(b), budget) && includesAll(listOf(b), listOf(a), budget),
  ],
  [
    'sets.intersects',
    ([a, b], budget) => {
      const other = listOf(b);
      return listOf(a).some((one) => isAmong(one, other, budget));
    },
  ],
  ['base64.encode', ([bytes]) => Buffer.from(bytesOf(bytes)).toString('base64')],
  ['base64.decode', ([text]) => decoded(textOf(text))],
  ['optional.none', () => new Optional(undefined)],
  ['optional.of', ([value]) => new Optional(value)],
  ['optional.ofNonZeroValue', ([value]) => new Optional(isZero(value ?? null) ? undefined : value)],
  ['optional.unwrap', ([list]) => unwrapped(list)],
]);

/** How many arguments one takes, the receiver among them; one that is not named takes one. */
const ARITIES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  contains: [2, 2],
  startsWith: [2, 2],
  endsWith: [2, 2],
  matches: [2, 2],
  charAt: [2, 2],
  indexOf: [2, 3],
  lastIndexOf: [2, 3],
  replace: [3, 4],
  split: [2, 3],
  substring: [2, 3],
  join: [1, 2],
  'sets.contains': [2, 2],
  'sets.equivalent': [2, 2],
  'sets.intersects': [2, 2],
  'optional.none': [0, 0],
};
const TIME_PARTS = /^get(?:FullYear|Month|Date|DayOfMonth|DayOfWeek|DayOfYear|Hours|Minutes|Seconds|Milliseconds)$/;

/** Whether there is a function of that name that is called without a receiver; `sets.contains` is one. */
export function isFunction(name: string): boolean {
  return FUNCTIONS.has(name);
}

/** @throws CelError where there is no such function, or none for these arguments */
export function callFunction(name: string, args: readonly Value[], budget: Budget): Value {
  const call = FUNCTIONS.get(name);
  if (call === undefined || !takes(name, args)) throw noOverload();
  return spent(call(args, budget), budget);
}

/** @throws CelError where there is no such function, or none for these arguments */
export function callMethod(name: string, args: readonly Value[], budget: Budget): Value {
  const [receiver] = args;
  if (TIME_PARTS.test(name) && args.length === 1) return partOf(receiver, name);
  const call = METHODS.get(name);
  if (call === undefined || !takes(name, args)) throw noOverload();
  for (const one of args) if (typeof one === 'string') budget.spend(one.length);
  return spent(call(args, budget), budget);
}

/** Whether one value is among others, as `in` asks. */
export function isAmong(value: Value, list: CelList, budget: Budget): boolean {
  budget.spend(list.length);
  return list.some((one) => isEqual(one, value));
}

/** @throws CelError where it has none */
export function presentValue({ value }: Optional): Value {
  if (value === undefined) throw new CelError('optional.none() dereference');
  return value;
}

/** What is made costs by its size. */
function spent(value: Value, budget: Budget): Value {
  if (typeof value === 'string' || isCelList(value)) budget.spend(value.length);
  return value;
}

function takes(name: string, { length }: readonly Value[]): boolean {
  const [least, most] = ARITIES[name] ?? [1, 1];
  return length >= least && length <= most;
}

function sizeOf([value]: readonly Value[]): Value {
  if (typeof value === 'string') return strings.runesIn(value);
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value !== undefined && isCelList(value)) return BigInt(value.length);
  if (value !== undefined && isCelMap(value)) return BigInt(value.size);
  throw noOverload();
}

function partOf(value: Value | undefined, name: string): Value {
  const part =
    value instanceof Timestamp
      ? partOfTimestamp(value, name)
      : value instanceof Duration
        ? partOfDuration(value, name)
        : undefined;
  if (part === undefined) throw noOverload();
  return part;
}

/** In time linear in the text, and in the size that the pattern has when it is compiled. */
function matches([text, source]: readonly Value[], budget: Budget): Value {
  const pattern = compilePattern(textOf(source));
  budget.spend(textOf(text).length * pattern.programSize());
  return pattern.test(textOf(text));
}

function includesAll(list: CelList, part: CelList, budget: Budget): boolean {
  return part.every((one) => isAmong(one, list, budget));
}

/** With or without its padding (ext/encoders.go: base64DecodeString). */
function decoded(lines: string): Value {
  const text = lines.replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw new CelError('illegal base64 data');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function unwrapped(list: Value | undefined): Value {
  return listOf(list)
    .map((one) => optionalOf(one).value)
    .filter((value) => value !== undefined);
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanoseconds === 0n;
  if (value instanceof Optional) return value.value === undefined;
  if (value instanceof Uint8Array || isCelList(value)) return value.length === 0;
  return isCelMap(value) && value.size === 0;
}

function textOf(value: Value | undefined): string {
  if (typeof value !== 'string') throw noOverload();
  return value;
}

function intOf(value: Value | undefined): bigint {
  if (typeof value !== 'bigint') throw noOverload();
  return value;
}

function bytesOf(value: Value | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw noOverload();
  return value;
}

function listOf(value: Value | undefined): CelList {
  if (value === undefined || !isCelList(value)) throw noOverload();
  return value;
}

function optionalOf(value: Value | undefined): Optional {
  if (!(value instanceof Optional)) throw noOverload();
  return value;
}
