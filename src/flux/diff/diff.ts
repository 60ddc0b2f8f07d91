import {
  type Difference,
  differences,
  identityKey,
  identityOf,
  isObject,
  type JsonObject,
  type ObjectIdentity,
} from '../../manifest/index.ts';
import { type Danger, dangersOf } from './danger.ts';
import { keptBy } from './prune.ts';
import type { Applied, Snapshot } from './snapshot.ts';
import { type Wait, waitsOf } from './waits.ts';

/** What becomes of one object of a cluster. */
export interface ObjectChange {
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly identity: ObjectIdentity;
  /** The Kustomization that applies it from now on; of a removed one, the one that applied it. */
  readonly kustomization: string;
  /** Of a moved one: the Kustomization that applied it. */
  readonly from?: string;
  /** Of a removed one that stays in the cluster: why. */
  readonly kept?: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  readonly differences: readonly Difference[];
}

export interface ClusterDiff {
  readonly changes: readonly ObjectChange[];
  /** What a person should look at before anything else. */
  readonly dangers: readonly Danger[];
  /** Which Kustomizations wait for others that change. */
  readonly waits: readonly Wait[];
}

/** What a change of a repository does to the cluster. */
export function diffSnapshots(before: Snapshot, after: Snapshot): ClusterDiff {
  const changes = changesOf(before, after);
  return { changes, dangers: dangersOf(changes, before, after), waits: waitsOf(changes, after) };
}

interface Owned {
  readonly owner: Applied;
  readonly object: JsonObject;
  readonly identity: ObjectIdentity;
}

function changesOf(before: Snapshot, after: Snapshot): readonly ObjectChange[] {
  const old = byKey(before);
  const now = byKey(after);
  const specs = new Map(after.map((one) => [one.kustomization, one]));
  const changes: ObjectChange[] = [];
  for (const [key, { owner, object, identity }] of now) {
    const was = old.get(key);
    if (was === undefined) {
      const kustomization = owner.kustomization;
      changes.push({ change: 'added', identity, kustomization, before: undefined, after: object, differences: [] });
      continue;
    }
    const found = differences(was.object, object);
    const moved = was.owner.kustomization !== owner.kustomization;
    if (found.length === 0 && !moved) continue;
    changes.push({
      change: moved ? 'moved' : 'changed',
      identity,
      kustomization: owner.kustomization,
      ...(moved && { from: was.owner.kustomization }),
      before: was.object,
      after: object,
      differences: found,
    });
  }
  for (const [key, { owner, object, identity }] of old) {
    const heir = specs.get(owner.kustomization);
    if (now.has(key) || heir?.isWhole === false) continue;
    const kept = keptBy(object, heir?.spec, owner.spec);
    const { kustomization } = owner;
    changes.push({
      change: 'removed',
      identity,
      kustomization,
      ...(kept !== undefined && { kept }),
      before: object,
      after: undefined,
      differences: [],
    });
  }
  return changes.sort(byPlace);
}

/** An object that two Kustomizations apply counts for the first. */
function byKey(snapshot: Snapshot): ReadonlyMap<string, Owned> {
  const found = new Map<string, Owned>();
  for (const owner of snapshot) {
    for (const object of owner.objects) {
      const identity = identityOf(object);
      const key = identityKey(identity);
      if (!found.has(key)) found.set(key, { owner, object, identity });
    }
  }
  return found;
}

function byPlace(a: ObjectChange, b: ObjectChange): number {
  const place = (change: ObjectChange): string =>
    [change.kustomization, change.identity.kind, change.identity.namespace, change.identity.name].join('\0');
  const [left, right] = [place(a), place(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The differences without the values of a Secret, which are shown nowhere. */
export function shownDifferences({ identity, differences: all }: ObjectChange): readonly Difference[] {
  if (identity.kind !== 'Secret' || identity.group !== '') return all;
  return all.map((difference) =>
    /^\/(?:data|stringData)(?:\/|$)/.test(difference.pointer)
      ? { ...difference, before: masked(difference.before), after: masked(difference.after) }
      : difference,
  );
}

function masked(value: Difference['before']): Difference['before'] {
  if (value === undefined) return undefined;
  return isObject(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, '***'])) : '***';
}
