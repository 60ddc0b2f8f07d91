import { Chart, type ApiObject } from 'cdk8s';
import {
  identityOf,
  inKubernetesOrder,
  isBuiltInClusterScoped,
  isObject,
  type JsonObject,
} from '../src/manifest/index.ts';
import { FluxObject } from './flux-object.ts';
import { inReadableOrder } from './readable-order.ts';

/** An object as it goes into the tree. */
export function manifestOf(object: ApiObject): JsonObject {
  const plain = object.toJson() as JsonObject;
  const readable = object instanceof FluxObject ? plain : inReadableOrder(plain);
  return inKubernetesOrder(withoutNamespaceWhereClusterScoped(readable, object));
}

/**
 * cdk8s gives every object the namespace of its chart (cdk8s-plus#4239); an author says none with `namespace: ''`.
 * Another namespace was written by the author, and stays to be reported.
 */
function withoutNamespaceWhereClusterScoped(manifest: JsonObject, object: ApiObject): JsonObject {
  const { metadata } = manifest;
  if (!isObject(metadata) || metadata.namespace === undefined) return manifest;
  const { group, kind } = identityOf(manifest);
  const { namespace } = metadata;
  if (namespace !== '' && (!isBuiltInClusterScoped(group, kind) || namespace !== Chart.of(object).namespace))
    return manifest;
  return { ...manifest, metadata: { ...metadata, namespace: undefined } };
}
