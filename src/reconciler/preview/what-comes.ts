import { identityOf, isObject, type JsonObject } from '../../manifest/index.ts';

/** What other objects need, and a sync brings. */
export interface Coming {
  /** As `group/Kind`. */
  readonly kinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

export function whatComes(objects: readonly JsonObject[]): Coming {
  const kinds = new Set<string>();
  const namespaces = new Set<string>();
  for (const object of objects) {
    const { group, kind, name } = identityOf(object);
    if (group === '' && kind === 'Namespace') namespaces.add(name);
    if (group !== 'apiextensions.k8s.io' || kind !== 'CustomResourceDefinition' || !isObject(object.spec)) continue;
    const { group: defined, names } = object.spec;
    if (typeof defined === 'string' && isObject(names) && typeof names.kind === 'string')
      kinds.add(`${defined}/${names.kind}`);
  }
  return { kinds, namespaces };
}
