import { isList, isObject } from '../../manifest/index.ts';
import type { ObjectChange } from './diff.ts';
import { type Applied, ownerOf, type Snapshot } from './snapshot.ts';

/** A Kustomization or HelmRelease that is applied anew only after others that change are ready. */
export interface Wait {
  /** As {@link ownerOf} has it. */
  readonly kustomization: string;
  /** In the order of their names. */
  readonly for: readonly string[];
}

/** What waits for those that change, through any number of others (dependsOn of both controllers). */
export function waitsOf(changes: readonly ObjectChange[], after: Snapshot): readonly Wait[] {
  const changed = new Set(changes.map(ownerOf));
  const direct = new Map(after.map((one) => [ownerOf(one), dependenciesOf(one)]));
  const found = after.map((one): Wait => {
    const owner = ownerOf(one);
    const reached = new Set<string>();
    const queue = [...(direct.get(owner) ?? [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      queue.push(...(direct.get(next) ?? []));
    }
    return { kustomization: owner, for: [...reached].filter((name) => changed.has(name) && name !== owner).sort() };
  });
  return found.filter((wait) => wait.for.length > 0);
}

function dependenciesOf({ kustomization, release, spec: { dependsOn } }: Applied): readonly string[] {
  const own = release ?? kustomization;
  const namespace = own.slice(0, own.indexOf('/'));
  return (isList(dependsOn) ? dependsOn : []).flatMap((one) => {
    if (!isObject(one) || typeof one.name !== 'string') return [];
    const name = `${typeof one.namespace === 'string' ? one.namespace : namespace}/${one.name}`;
    return [release === undefined ? name : ownerOf({ kustomization, release: name })];
  });
}
