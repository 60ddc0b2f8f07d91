import { parsePostBuild } from '../../flux/index.ts';
import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import { findOwned, kustomizationObject, type OwnedObject } from './own-object.ts';
import type { Traceable } from './traceable.ts';

/** A variable that post-build substitution puts in. Its value is not here: it may be secret. */
export interface UsedVariable {
  readonly name: string;
  /** `spec.postBuild.substitute`, `ConfigMap/ns/name`, `Secret/ns/name`, or that no source of the repository has it. */
  readonly from: string;
  /** The object that gives the value, and the pointer to it. */
  readonly definedIn: (OwnedObject & { readonly pointer: string }) | undefined;
}

/**
 * The variables in what kustomize made, with where their values are from, as loadVariables ranks them: in line before the
 * last of the sources.
 *
 * @param owner the Kustomization, `namespace/name`
 */
export function variablesIn(
  built: Json,
  owner: string,
  rendered: ReadonlyMap<string, Traceable>,
): readonly UsedVariable[] {
  const one = rendered.get(owner);
  const postBuild = one === undefined ? undefined : parsePostBuild({ spec: one.spec });
  if (one === undefined || postBuild === undefined) return [];
  return [...namesIn(built)].map((name) => {
    if (postBuild.substitute.has(name)) {
      const own = kustomizationObject(rendered, owner);
      const definedIn = own === undefined ? undefined : { ...own, pointer: `/spec/postBuild/substitute/${name}` };
      return { name, from: 'spec.postBuild.substitute', definedIn };
    }
    for (const { kind, name: source } of postBuild.substituteFrom.toReversed()) {
      const found = findOwned(rendered, kind, one.namespace, source);
      const field =
        found === undefined ? undefined : ['data', 'stringData'].find((map) => has(found.object[map], name));
      if (found === undefined || field === undefined) continue;
      const definedIn = { ...found, pointer: `/${field}/${name}` };
      return { name, from: `${kind}/${one.namespace}/${source}`, definedIn };
    }
    return { name, from: 'no source in this repository', definedIn: undefined };
  });
}

function has(map: JsonObject[string], name: string): boolean {
  return isObject(map) && Object.hasOwn(map, name);
}

/** Keys are substituted as values are; `$$` stands for a dollar. */
function namesIn(value: Json | undefined, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') {
    for (const [, name = ''] of value.replaceAll('$$', '').matchAll(/\$\{#?([\p{L}_][\p{L}\p{Nd}_]*)/gu)) {
      found.add(name);
    }
  } else if (isList(value)) for (const item of value) namesIn(item, found);
  else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      namesIn(key, found);
      namesIn(member, found);
    }
  }
  return found;
}
