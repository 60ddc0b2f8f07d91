import { isList, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';

/**
 * Generated classes list the fields of a container or a port by the alphabet; here each item of a list begins with its
 * name and image, as people write it. Everything else keeps its order. What is in order already is returned as it is.
 */
export function inReadableOrder(object: JsonObject): JsonObject {
  let changed: Record<string, Json | undefined> | undefined;
  for (const [key, value] of Object.entries(object)) {
    const readable = readableValue(value);
    if (readable === value) continue;
    changed ??= { ...object };
    changed[key] = readable;
  }
  return changed ?? object;
}

function readableValue<Value extends Json | undefined>(value: Value): Json | Value {
  if (isObject(value)) return inReadableOrder(value);
  if (!isList(value)) return value;
  const items = value.map((item) => (isObject(item) ? nameFirst(inReadableOrder(item)) : readableValue(item)));
  return items.some((item, index) => item !== value[index]) ? items : value;
}

function nameFirst(item: JsonObject): JsonObject {
  const { name, image } = item;
  if (name === undefined) return item;
  const [first, second] = Object.keys(item);
  if (first === 'name' && (image === undefined || second === 'image')) return item;
  return { name, ...(image !== undefined && { image }), ...item };
}
