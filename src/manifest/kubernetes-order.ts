import { isObject, type Json, type JsonObject } from './json.ts';

const FIRST = ['apiVersion', 'kind', 'metadata', 'type'];
const LAST = ['status'];
const FIRST_OF_METADATA = ['name', 'generateName', 'namespace', 'labels', 'annotations'];

/**
 * An object with its keys as people write a manifest: apiVersion, kind, metadata (name, namespace, labels,
 * annotations, the rest), a Secret's or Service's type, the rest as given, status. Below that nothing is moved: the
 * order inside spec is the author's.
 */
export function inKubernetesOrder(object: JsonObject): JsonObject {
  const ordered = inOrder(object, FIRST, LAST);
  if (isObject(ordered.metadata)) ordered.metadata = inOrder(ordered.metadata, FIRST_OF_METADATA, []);
  return ordered;
}

function inOrder(object: JsonObject, first: readonly string[], last: readonly string[]): Record<string, Json> {
  const ordered: Record<string, Json> = {};
  const take = (key: string): void => {
    const value = object[key];
    if (value !== undefined && Object.hasOwn(object, key)) ordered[key] = value;
  };
  first.forEach(take);
  for (const key of Object.keys(object)) if (!last.includes(key)) take(key);
  last.forEach(take);
  return ordered;
}
