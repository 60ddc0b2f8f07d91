import { isObject, type JsonObject } from './json.ts';

/**
 * An object with its keys as people write a manifest: apiVersion, kind, metadata (name, namespace, labels,
 * annotations, the rest), a Secret's or Service's type, the rest as given, status. Below that nothing is moved: the
 * order inside spec is the author's.
 */
export function inKubernetesOrder(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, type, status, ...rest } = object;
  return present({
    apiVersion,
    kind,
    metadata: isObject(metadata) ? metadataInOrder(metadata) : metadata,
    type,
    ...rest,
    status,
  });
}

function metadataInOrder(metadata: JsonObject): JsonObject {
  const { name, generateName, namespace, labels, annotations, ...rest } = metadata;
  return present({ name, generateName, namespace, labels, annotations, ...rest });
}

function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
