import { identityOf, type JsonObject } from '../../manifest/index.ts';
import type { Traceable } from './traceable.ts';

/** An object with the Kustomization that applies it, `namespace/name`. */
export interface OwnedObject {
  readonly kustomization: string;
  readonly object: JsonObject;
}

/**
 * The object of a Kustomization itself, which its parent applies, or the Kustomization itself does.
 *
 * @param rendered by `namespace/name`
 */
export function kustomizationObject(rendered: ReadonlyMap<string, Traceable>, name: string): OwnedObject | undefined {
  const parent = rendered.get(rendered.get(name)?.parent ?? name);
  const object = parent?.objects.find((one) => {
    const { group, kind, namespace, name: own } = identityOf(one);
    if (kind !== 'Kustomization' || group !== 'kustomize.toolkit.fluxcd.io') return false;
    return `${namespace === '' ? parent.namespace : namespace}/${own}` === name;
  });
  if (parent === undefined || object === undefined) return undefined;
  return { kustomization: `${parent.namespace}/${parent.name}`, object };
}

/** The object that a source of variables or values names, as the last to apply it has it. */
export function findOwned(
  rendered: ReadonlyMap<string, Traceable>,
  kind: string,
  namespace: string,
  name: string,
): OwnedObject | undefined {
  for (const [kustomization, { objects }] of [...rendered].toReversed()) {
    const object = objects.find((one) => {
      const identity = one.kind === kind ? identityOf(one) : undefined;
      return identity?.group === '' && identity.namespace === namespace && identity.name === name;
    });
    if (object !== undefined) return { kustomization, object };
  }
  return undefined;
}
