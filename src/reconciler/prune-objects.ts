import { type Inventory, isPrunable, type Owner } from '../flux/index.ts';
import { deleteObject, getObject, type KubeClient } from '../kube/index.ts';
import { formatIdentity, type ObjectIdentity } from '../manifest/index.ts';
import { sentenceOf } from './failure.ts';

export interface PruneResult {
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
  const deleted: ObjectIdentity[] = [];
  const survivors: ObjectIdentity[] = [];
  const errors: string[] = [];
  for (const identity of stale) {
    try {
      if (await pruneObject(identity, owner, client, signal)) deleted.push(identity);
    } catch (error) {
      signal.throwIfAborted();
      survivors.push(identity);
      errors.push(`${formatIdentity(identity)} delete failed: ${sentenceOf(error)}`);
    }
  }
  return { deleted, survivors, errors };
}

/** Returns whether it is deleted, or was gone before. */
async function pruneObject(
  identity: ObjectIdentity,
  owner: Owner,
  client: KubeClient,
  signal: AbortSignal,
): Promise<boolean> {
  // The version of the inventory may no longer be served.
  const { group, kind, namespace, name } = identity;
  const reference = { group, kind, namespace, name };
  const object = await getObject(client, reference, { signal });
  if (object === undefined) return true;
  if (!isPrunable(object, owner)) return false;
  await deleteObject(client, reference, { propagation: 'Background', uid: object.metadata.uid, signal });
  return true;
}
