import { type Inventory, isPrunable, type Owner } from '../flux/index.ts';
import { deleteObject, getObject, type KubeClient } from '../kube/index.ts';
import { formatIdentity, type ObjectIdentity } from '../manifest/index.ts';
import { sentenceOf } from './failure.ts';

export interface PruneResult {
  /** Those that are no more, whoever deleted them: so Flux counts. */
  readonly gone: Inventory;
  /** Those of them that this deleted. */
  readonly deleted: Inventory;
  /** Those that the API server did not let go of: they stay in the inventory, to be tried again. */
  readonly survivors: Inventory;
  readonly errors: readonly string[];
}

/**
 * Deletes what a Kustomization no longer has, one after another in the order given (ssa: DeleteAll). Each is looked at
 * first: one that no longer belongs to the Kustomization, or says that it stays, stays.
 */
export async function pruneObjects(
  stale: Inventory,
  owner: Owner,
  client: KubeClient,
  signal: AbortSignal,
): Promise<PruneResult> {
  const gone: ObjectIdentity[] = [];
  const deleted: ObjectIdentity[] = [];
  const survivors: ObjectIdentity[] = [];
  const errors: string[] = [];
  for (const identity of stale) {
    try {
      const fate = await pruneObject(identity, owner, client, signal);
      if (fate !== 'stays') gone.push(identity);
      if (fate === 'deleted') deleted.push(identity);
    } catch (error) {
      signal.throwIfAborted();
      survivors.push(identity);
      errors.push(`${formatIdentity(identity)} delete failed: ${sentenceOf(error)}`);
    }
  }
  return { gone, deleted, survivors, errors };
}

async function pruneObject(
  identity: ObjectIdentity,
  owner: Owner,
  client: KubeClient,
  signal: AbortSignal,
): Promise<'gone' | 'deleted' | 'stays'> {
  // The version of the inventory may no longer be served.
  const { group, kind, namespace, name } = identity;
  const reference = { group, kind, namespace, name };
  const object = await getObject(client, reference, { signal });
  if (object === undefined) return 'gone';
  if (!isPrunable(object, owner)) return 'stays';
  const { uid } = object.metadata;
  const isThere = await deleteObject(client, reference, { propagation: 'Background', uid, signal });
  return isThere ? 'deleted' : 'gone';
}
