import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/** The type of a Go struct's field, as far as encoding/json cares. */
export type Shape =
  | 'string'
  | 'bool'
  | 'int'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

export interface ShapeProblem {
  /** Where, for example `patches[0].target`. */
  readonly at: string;
  readonly problem: 'unknown' | 'type';
}

/**
 * A value as encoding/json decodes it into a struct: names of fields in any case, null like nothing, and fields that
 * the struct does not have dropped. What was dropped or could not be decoded is told.
 */
export function conform(value: JsonObject, shape: Shape): { value: JsonObject; problems: readonly ShapeProblem[] } {
  const problems: ShapeProblem[] = [];
  const result = decode(value, shape, '', problems);
  return { value: isObject(result) ? result : {}, problems };
}

function decode(value: Json, shape: Shape, at: string, problems: ShapeProblem[]): Json | undefined {
  if (value === null || shape === 'any') return value ?? undefined;
  if (typeof shape === 'string') {
    if (isOfType(value, shape)) return value;
  } else if ('list' in shape) {
    if (isList(value)) {
      return value.map((item, i) => decode(item, shape.list, `${at}[${i}]`, problems) ?? zeroOf(shape.list));
    }
  } else if (isObject(value)) {
    return 'map' in shape ? decodeMap(value, shape.map, at, problems) : decodeStruct(value, shape.fields, at, problems);
  }
  problems.push({ at, problem: 'type' });
  return undefined;
}

function isOfType(value: Json, shape: 'string' | 'bool' | 'int'): boolean {
  if (shape === 'string') return typeof value === 'string';
  return shape === 'bool' ? typeof value === 'boolean' : typeof value === 'number' && Number.isInteger(value);
}

/** What a null in a list becomes. */
function zeroOf(shape: Shape): Json {
  if (shape === 'string') return '';
  return shape === 'bool' ? false : shape === 'int' ? 0 : {};
}

function decodeMap(value: JsonObject, shape: Shape, at: string, problems: ShapeProblem[]): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      decode(member ?? null, shape, `${at}.${key}`, problems) ?? zeroOf(shape),
    ]),
  );
}

function decodeStruct(
  value: JsonObject,
  fields: Readonly<Record<string, Shape>>,
  at: string,
  problems: ShapeProblem[],
): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = Object.hasOwn(fields, key)
      ? key
      : Object.keys(fields).find((field) => field.toLowerCase() === key.toLowerCase());
    const shape = name === undefined ? undefined : fields[name];
    const place = at === '' ? key : `${at}.${key}`;
    if (name === undefined || shape === undefined) problems.push({ at: place, problem: 'unknown' });
    else {
      const decoded = decode(member ?? null, shape, place, problems);
      if (decoded !== undefined) result[name] = decoded;
    }
  }
  return result;
}
