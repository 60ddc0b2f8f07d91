import { differences, identityOf, isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import type { ObjectChange } from './diff.ts';
import { ownerOf } from './snapshot.ts';

/** Of the leaves of two objects, so many must be the same for one to be the other under a new name. */
const MIN_ALIKE = 0.7;

/** One that is the same is chance. */
const MIN_LEAVES = 2;

/** kustomize: hasher.encode. What a generator adds to a name, and changes with the content. */
const HASH = /-[2456789bcdfghkmt]{10}$/;

/**
 * The changes with what is removed and added of the same kind and owner as one change where the one is the other under a
 * new name: generated with another hash, or nearly the same besides its name.
 */
export function withRenames(changes: readonly ObjectChange[]): readonly ObjectChange[] {
  const removed = changes.filter(({ change }) => change === 'removed');
  const taken = new Set<ObjectChange>();
  const renamed = new Map<ObjectChange, ObjectChange>();
  for (const added of changes.filter(({ change }) => change === 'added')) {
    const candidates = removed.filter((one) => !taken.has(one) && isSameKind(one, added));
    const old = candidates.find((one) => isGenerated(one, added)) ?? mostAlike(candidates, added);
    if (old === undefined) continue;
    taken.add(old);
    const { kept } = old;
    renamed.set(added, {
      ...added,
      change: 'renamed',
      before: old.before,
      previous: old.identity,
      ...(kept !== undefined && { kept }),
      differences: differences(old.before, added.after, { matchItems: true }).filter(
        ({ pointer }) => pointer !== '/metadata/name' && pointer !== '/metadata/namespace',
      ),
    });
  }
  return changes.filter((one) => !taken.has(one)).map((one) => renamed.get(one) ?? one);
}

function isSameKind(a: ObjectChange, b: ObjectChange): boolean {
  return a.identity.kind === b.identity.kind && a.identity.group === b.identity.group && ownerOf(a) === ownerOf(b);
}

/** Whether the one name differs from the other in the hash of its content alone. */
export function isGenerated(a: Pick<ObjectChange, 'identity'>, b: Pick<ObjectChange, 'identity'>): boolean {
  const { kind, namespace, name } = a.identity;
  if ((kind !== 'ConfigMap' && kind !== 'Secret') || namespace !== b.identity.namespace) return false;
  return HASH.test(name) && HASH.test(b.identity.name) && name.replace(HASH, '') === b.identity.name.replace(HASH, '');
}

function mostAlike(candidates: readonly ObjectChange[], { after }: ObjectChange): ObjectChange | undefined {
  const shares = candidates.map((one) => alike(one.before, after));
  const best = Math.max(...shares);
  return best >= MIN_ALIKE ? candidates[shares.indexOf(best)] : undefined;
}

/** The share of their leaves that is the same, names and labels aside; 0 where there is nothing else. */
function alike(before: JsonObject | undefined, after: JsonObject | undefined): number {
  if (before === undefined || after === undefined || identityOf(before).version !== identityOf(after).version) return 0;
  const [left, right] = [contentOf(before), contentOf(after)];
  const all = Math.max(leaves(left), leaves(right));
  const differing = differences(left, right).reduce(
    (sum, one) => sum + Math.max(leaves(one.before), leaves(one.after)),
    0,
  );
  return all - differing < MIN_LEAVES ? 0 : 1 - differing / all;
}

function contentOf(object: JsonObject): JsonObject {
  const own = new Set(['apiVersion', 'kind', 'metadata']);
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (own.has(key) ? [] : [[key, value ?? null]])),
  );
}

function leaves(value: Json | undefined): number {
  if (value === undefined) return 0;
  if (isList(value)) return value.reduce<number>((sum, item) => sum + leaves(item), 0);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0);
  return 1;
}
