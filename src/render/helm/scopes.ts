import { identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
import { builtInApis } from '../../schema/apis.ts';
import { text } from '../sources.ts';

/** `Namespaced` or `Cluster` of custom kinds, by `group/Kind`. */
export type Scopes = ReadonlyMap<string, string>;

/** By the CustomResourceDefinitions among objects. */
export function scopesOf(objects: Iterable<JsonObject>): Scopes {
  const found = new Map<string, string>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition' || !isObject(spec) || !isObject(spec.names)) continue;
    found.set(`${text(spec.group)}/${text(spec.names.kind)}`, text(spec.scope));
  }
  return found;
}

/** As the API server has it: helm sends what names no namespace to that of the release. Of an unknown kind as it is. */
export function inNamespace(object: JsonObject, namespace: string, scopes: Scopes): JsonObject {
  const { group, kind, namespace: own } = identityOf(object);
  const scope = builtInApis().get(text(object.apiVersion))?.scopes.get(kind) ?? scopes.get(`${group}/${kind}`);
  if (own !== '' || scope !== 'Namespaced') return object;
  return { ...object, metadata: { ...(isObject(object.metadata) ? object.metadata : {}), namespace } };
}
