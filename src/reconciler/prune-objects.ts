import { type Inventory, isPrunable, type Owner } from '../flux/index.ts';
import { deleteObject, getObject, type KubeClient } from '../kube/index.ts';
import { formatIdentity, identityKey, type ObjectIdentity } from '../manifest/index.ts';
import { sentenceOf } from './failure.ts';

export interface PruneResult {
  /** Those that are no more, whoever deleted them: so Flux counts. */
  readonly gone: Inventory;
  /** Those of them that this deleted. */
  readonly deleted: Inventory;
  /** Those that the API server did not let go of: they stay in the inventory, to be tried again. */
  readonly survivors: Inventory;
  /** Those that are another Kustomization's from now on, and say so as soon as it applies them. */
  readonly claimed: Inventory;
  readonly errors: readonly string[];
}

/**
 * Deletes what a Kustomization no longer has, one after another in the order given (ssa: DeleteAll). Each is looked at
 * first: one that no longer belongs to the Kustomization, or says that it stays, stays.
 *
 * @param claims what other Kustomizations want, by `identityKey`
 */
export async function pruneObjects(
  stale: Inventory,
  owner: Owner,
  claims: ReadonlySet<string>,
  client: KubeClient,
  signal: AbortSignal,
): Promise<PruneResult> {
  const gone: ObjectIdentity[] = [];
  const deleted: ObjectIdentity[] = [];
  const survivors: ObjectIdentity[] = [];
  const claimed: ObjectIdentity[] = [];
  const errors: string[] = [];
  for (const identity of stale) {
    try {
      const fate = await pruneObject(identity, owner, claims, client, signal);
      if (fate === 'gone' || fate === 'deleted') gone.push(identity);
      if (fate === 'deleted') deleted.push(identity);
      if (fate === 'claimed') claimed.push(identity);
    } catch (error) {
      signal.throwIfAborted();
      survivors.push(identity);
      errors.push(`${formatIdentity(identity)} delete failed: ${sentenceOf(error)}`);
    }
  }
  return { gone, deleted, survivors, claimed, errors };
}

async function pruneObject(
  identity: ObjectIdentity,
  owner: Owner,
  claims: ReadonlySet<string>,
  client: KubeClient,
  signal: AbortSignal,
): Promise<'gone' | 'deleted' | 'stays' | 'claimed'> {
  // The version of the inventory may no longer be served.
  const { group, kind, namespace, name } = identity;
  const reference = { group, kind, namespace, name };
  const object = await getObject(client, reference, { signal });
  if (object === undefined) return 'gone';
  if (!isPrunable(object, owner)) return 'stays';
  if (claims.has(identityKey(identity))) return 'claimed';
  const { uid } = object.metadata;
  const isThere = await deleteObject(client, reference, { propagation: 'Background', uid, signal });
  return isThere ? 'deleted' : 'gone';
}
