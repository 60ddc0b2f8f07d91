import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import type { ObjectChange } from './diff.ts';
import type { Snapshot } from './snapshot.ts';

/** A Kustomization that is applied anew only after others that change are ready. */
export interface Wait {
  readonly kustomization: string;
  /** In the order of their names. */
  readonly for: readonly string[];
}

/** What waits for the Kustomizations that change, through any number of others (kustomize-controller: dependsOn). */
export function waitsOf(changes: readonly ObjectChange[], after: Snapshot): readonly Wait[] {
  const changed = new Set(changes.map(({ kustomization }) => kustomization));
  const direct = new Map(after.map(({ kustomization, spec }) => [kustomization, dependenciesOf(kustomization, spec)]));
  const found = after.map(({ kustomization }): Wait => {
    const reached = new Set<string>();
    const queue = [...(direct.get(kustomization) ?? [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      queue.push(...(direct.get(next) ?? []));
    }
    return { kustomization, for: [...reached].filter((one) => changed.has(one) && one !== kustomization).sort() };
  });
  return found.filter((wait) => wait.for.length > 0);
}

function dependenciesOf(kustomization: string, { dependsOn }: JsonObject): readonly string[] {
  const namespace = kustomization.slice(0, kustomization.indexOf('/'));
  return (isList(dependsOn) ? dependsOn : []).flatMap((one) => {
    if (!isObject(one) || typeof one.name !== 'string') return [];
    return [`${typeof one.namespace === 'string' ? one.namespace : namespace}/${one.name}`];
  });
}
