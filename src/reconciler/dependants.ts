import { isList, isObject } from '../manifest/index.ts';
import type { KubeObject } from '../kube/index.ts';
import { Alarm } from './alarm.ts';
import { dependencyKey } from './dependencies.ts';
import { type Kustomization, KUSTOMIZATION, parseKustomization } from './kustomization.ts';
import type { LiveObjects } from './live-objects.ts';

/** Whoever deletes several at once does so within this time. */
const PATIENCE_MS = 1000;

/**
 * Lets those go first that depend on a Kustomization and are being deleted too, in any order and by anybody, so that
 * their objects can still end by what they need; Flux deletes them as they come. Ends when they are gone, or after the
 * timeout of the Kustomization. Those that stay are not waited for.
 */
export async function waitForDependants(self: Kustomization, live: LiveObjects, signal: AbortSignal): Promise<void> {
  const keys = dependantsOf(self, live);
  if (keys.length === 0) return;
  const alarm = new Alarm<'change'>();
  const stops = keys.map((key) =>
    live.listen(key, () => {
      alarm.wake('change');
    }),
  );
  const start = performance.now();
  try {
    for (;;) {
      signal.throwIfAborted();
      const dependants = keys.map((key) => live.get(key)).filter((one) => one !== undefined);
      if (dependants.length === 0) return;
      const patience = dependants.some(isBeingDeleted) ? self.timeout : PATIENCE_MS;
      const left = start + patience - performance.now();
      if (left <= 0) return;
      await alarm.sleep(left, signal);
    }
  } finally {
    for (const stop of stops) stop();
  }
}

/** But for those that it depends on itself, which would wait for it. */
function dependantsOf(self: Kustomization, live: LiveObjects): readonly string[] {
  const own = dependencyKey(self);
  const needed = neededBy(self, live);
  return [...live.all(KUSTOMIZATION)]
    .filter((object) => dependsOnAny(object))
    .map(parseKustomization)
    .filter(({ dependsOn }) => dependsOn.some((one) => dependencyKey(one) === own))
    .map(dependencyKey)
    .filter((key) => !needed.has(key));
}

function neededBy(self: Kustomization, live: LiveObjects): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = ({ dependsOn }: Kustomization): void => {
    for (const key of dependsOn.map(dependencyKey)) {
      const object = live.get(key);
      if (found.has(key)) continue;
      found.add(key);
      if (object !== undefined) visit(parseKustomization(object));
    }
  };
  visit(self);
  return found;
}

function dependsOnAny({ spec }: KubeObject): boolean {
  return isObject(spec) && isList(spec.dependsOn) && spec.dependsOn.length > 0;
}

function isBeingDeleted({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
