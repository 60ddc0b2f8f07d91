import { isList, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';

/**
 * Generated classes list the fields of a container or a port by the alphabet; here each item of a list begins with its
 * name and image, as people write it. Everything else keeps its order.
 */
export function inReadableOrder(object: JsonObject): JsonObject {
  const ordered: Record<string, Json | undefined> = {};
  for (const [key, value] of Object.entries(object)) ordered[key] = readable(value);
  return ordered;
}

function readable<Value extends Json | undefined>(value: Value): Json | Value {
  if (isList(value)) return value.map((item) => (isObject(item) ? nameFirst(inReadableOrder(item)) : readable(item)));
  return isObject(value) ? inReadableOrder(value) : value;
}

function nameFirst(item: JsonObject): JsonObject {
  const { name, image, ...rest } = item;
  return name === undefined ? item : { name, ...(image !== undefined && { image }), ...rest };
}
