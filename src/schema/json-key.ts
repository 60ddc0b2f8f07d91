import { isList, isObject, type Json } from '../manifest/index.ts';

/** Levels that count: nothing that is compared has as many, unless it is a value in itself. */
const MAX_DEPTH = 100;

/** Text that is equal for equal values, whatever the order of their keys. */
export function jsonKey(value: Json, depth = 0): string {
  if (depth > MAX_DEPTH) return '…';
  if (isList(value)) return `[${value.map((item) => jsonKey(item, depth + 1)).join()}]`;
  if (!isObject(value)) return typeof value === 'bigint' ? `${value}` : JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${jsonKey(member, depth + 1)}`],
  );
  return `{${members.sort().join()}}`;
}
