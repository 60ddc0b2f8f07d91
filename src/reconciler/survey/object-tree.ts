import { type Health, type Inventory, objectHealth, parseInventory } from '../../flux/index.ts';
import { identityKey, isObject, type ObjectIdentity } from '../../manifest/index.ts';
import { KUSTOMIZATION } from '../kustomization.ts';
import type { FluxObject } from './flux-object.ts';
import { HELM_RELEASE } from './flux-kinds.ts';
import type { LiveInventory } from './read-inventory.ts';
import { whyNot } from './why-not.ts';

/** An object and what hangs on it: on a Kustomization or HelmRelease what it applied. */
export interface ObjectNode {
  readonly identity: ObjectIdentity;
  /**
   * By kstatus, of one of Flux's objects by its readiness; `NotFound` is an object that is gone. undefined where it may
   * not be read.
   */
  readonly health: Health | undefined;
  readonly children: readonly ObjectNode[];
  /** Why nothing is below it, where something should be. */
  readonly note?: string;
}

/** All that Kustomizations and HelmReleases manage, each object once for each that has it. */
export function managedObjects(objects: readonly FluxObject[]): Inventory {
  const byKey = new Map<string, ObjectIdentity>();
  for (const one of objects) {
    if (isElsewhere(one)) continue;
    for (const identity of inventoryOf(one)) byKey.set(identityKey(identity), identity);
  }
  return [...byKey.values()];
}

/** The Kustomizations and HelmReleases that are in no inventory but their own: everything else hangs on them. */
export function rootsOf(objects: readonly FluxObject[]): readonly FluxObject[] {
  const managed = new Set(
    objects.flatMap((one) =>
      inventoryOf(one)
        .map(identityKey)
        .filter((key) => key !== identityKey(one.identity)),
    ),
  );
  return objects.filter(({ identity }) => hasInventory(identity) && !managed.has(identityKey(identity)));
}

/** @param now milliseconds since 1970 */
export function objectTree(
  root: FluxObject,
  objects: readonly FluxObject[],
  live: LiveInventory,
  now: number,
): ObjectNode {
  const byKey = new Map(objects.map((one) => [identityKey(one.identity), one]));
  const nodeOf = (identity: ObjectIdentity, above: ReadonlySet<string>): ObjectNode => {
    const key = identityKey(identity);
    const flux = byKey.get(key);
    const health = flux === undefined ? healthOf(live.get(key), now) : fluxHealth(flux);
    if (flux === undefined) return { identity, health, children: [] };
    if (isElsewhere(flux)) return { identity, health, children: [], note: 'in another cluster' };
    const within = new Set([...above, key]);
    // It may apply itself, or one that applies it.
    const below = inventoryOf(flux).filter((one) => !within.has(identityKey(one)));
    return { identity, health, children: below.map((one) => nodeOf(one, within)) };
  };
  return nodeOf(root.identity, new Set());
}

function inventoryOf({ identity, object }: FluxObject): Inventory {
  return hasInventory(identity) && isObject(object.status) ? parseInventory(object.status.inventory) : [];
}

function hasInventory({ group, kind }: ObjectIdentity): boolean {
  return [KUSTOMIZATION, HELM_RELEASE].some((one) => one.group === group && one.kind === kind);
}

/** flux tree: treeKustomization, too, does not look into other clusters. */
function isElsewhere({ object }: FluxObject): boolean {
  return isObject(object.spec) && isObject(object.spec.kubeConfig);
}

function healthOf(object: ReturnType<LiveInventory['get']>, now: number): Health | undefined {
  if (object === undefined || object === 'unreadable') return undefined;
  if (object === 'gone') return { status: 'NotFound', message: 'It is in the inventory, and not in the cluster.' };
  return objectHealth(object, now);
}

/** kstatus would say of one that failed that it is in progress, since it is tried again. */
function fluxHealth(one: FluxObject): Health {
  const { readiness } = one;
  const message = whyNot(one);
  switch (readiness.state) {
    case 'ready':
    case 'suspended':
      return { status: 'Current', message };
    case 'failed':
    case 'stalled':
      return { status: 'Failed', message };
    case 'deleting':
      return { status: 'Terminating', message };
    case 'progressing':
    case 'waiting':
    case 'unattended':
      return { status: 'InProgress', message };
  }
}
