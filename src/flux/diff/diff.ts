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
import { keptBy, keptByHelm } from './prune.ts';
import { withRenames } from './renames.ts';
import { type Applied, ownerOf, type Snapshot } from './snapshot.ts';
import { type Wait, waitsOf } from './waits.ts';

/** What becomes of one object of a cluster. */
export interface ObjectChange {
  readonly change: 'added' | 'removed' | 'changed' | 'moved' | 'renamed';
  readonly identity: ObjectIdentity;
  /** The Kustomization that applies it from now on; of a removed one, the one that applied it. */
  readonly kustomization: string;
  /** Where a Helm release of that Kustomization applies it: `namespace/name` of the HelmRelease. */
  readonly release?: string | undefined;
  /** Of a renamed one: what it was. */
  readonly previous?: ObjectIdentity;
  /** Of a moved one: what applied it, as {@link ownerOf} has it. */
  readonly from?: string;
  /** Of a removed one that stays in the cluster, or stays there under the name that it had: why. */
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
  /** What may change besides, and could not be compared. */
  readonly unseen: readonly Unseen[];
}

/** Something of which it is not known here what it does to the cluster. */
export interface Unseen {
  /** `HelmRelease/namespace/name`. */
  readonly object: string;
  readonly sentence: string;
}

/** What a change of a repository does to the cluster. */
export function diffSnapshots(before: Snapshot, after: Snapshot, unseen: readonly Unseen[] = []): ClusterDiff {
  const changes = changesOf(before, after);
  return { changes, dangers: dangersOf(changes, before, after), waits: waitsOf(changes, after), unseen };
}

interface Owned {
  readonly owner: Applied;
  readonly object: JsonObject;
  readonly identity: ObjectIdentity;
}

function changesOf(before: Snapshot, after: Snapshot): readonly ObjectChange[] {
  const old = byKey(before);
  const now = byKey(after);
  const changes: ObjectChange[] = [];
  for (const [key, { owner, object, identity }] of now) {
    const was = old.get(key);
    const { kustomization, release } = owner;
    const about = { identity, kustomization, release, after: object };
    if (was === undefined) {
      changes.push({ change: 'added', ...about, before: undefined, differences: [] });
      continue;
    }
    const found = differences(was.object, object, { matchItems: true });
    const from = ownerOf(was.owner);
    const moved = from !== ownerOf(owner);
    if (found.length === 0 && !moved) continue;
    changes.push({
      change: moved ? 'moved' : 'changed',
      ...about,
      ...(moved && { from }),
      before: was.object,
      differences: found,
    });
  }
  const gone = [...old].filter(([key]) => !now.has(key)).map(([, owned]) => owned);
  return withRenames([...changes, ...removals(gone, before, after)]).toSorted(byPlace);
}

function removals(gone: readonly Owned[], before: Snapshot, after: Snapshot): readonly ObjectChange[] {
  const heirs = new Map(after.map((one) => [ownerOf(one), one]));
  const owners = new Map(before.map((one) => [ownerOf(one), one]));
  const keptBySpec = (object: JsonObject, kustomization: string): string | undefined =>
    keptBy(object, heirs.get(kustomization)?.spec, owners.get(kustomization)?.spec ?? {});

  return gone.flatMap(({ owner, object, identity }): ObjectChange[] => {
    const { kustomization, release, spec } = owner;
    const heir = heirs.get(ownerOf(owner));
    const isUnknown = heir === undefined ? heirs.get(kustomization)?.isWhole === false : !heir.isWhole;
    if (isUnknown) return [];
    const parent = owners.get(kustomization)?.objects.find((one) => isRelease(one, release));
    const why = parent === undefined ? undefined : keptBySpec(parent, kustomization);
    const kept =
      release === undefined ? keptBySpec(object, kustomization) : keptByHelm(object, heir === undefined, spec, why);
    const removed = { identity, kustomization, release, before: object, after: undefined, differences: [] };
    return [{ change: 'removed', ...removed, ...(kept !== undefined && { kept }) }];
  });
}

function isRelease(object: JsonObject, release: string | undefined): boolean {
  const { group, kind, namespace, name } = identityOf(object);
  return kind === 'HelmRelease' && group === 'helm.toolkit.fluxcd.io' && `${namespace}/${name}` === release;
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
    [
      change.kustomization,
      change.release ?? '',
      change.identity.kind,
      change.identity.namespace,
      change.identity.name,
    ].join('\0');
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
