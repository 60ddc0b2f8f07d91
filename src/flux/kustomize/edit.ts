import { isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/** A copy of a map with a member set; where the value is undefined, without that member. */
export function withMember(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (object[key] === value && (value !== undefined || !Object.hasOwn(object, key))) return object;
  const result: Record<string, Json | undefined> = { ...object };
  // A plain assignment would set the prototype.
  if (key === '__proto__') {
    return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value ?? null]]);
  }
  if (value === undefined) return Object.fromEntries(Object.entries(result).filter(([name]) => name !== key));
  result[key] = value;
  return result;
}

/** The own member of that name: not what a prototype has. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

export function withMetadata(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  return withMember(object, 'metadata', withMember(metadataOf(object), key, value));
}
