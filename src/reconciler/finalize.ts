import { inDeletionOrder, parseInventory } from '../flux/index.ts';
import { getObject, isApiError, type KubeClient, type KubeObject, patchObject } from '../kube/index.ts';
import { formatIdentity } from '../manifest/index.ts';
import { claimedByOthers } from './claims.ts';
import type { ReconcilerContext } from './context.ts';
import { waitForDependants } from './dependants.ts';
import { Failure } from './failure.ts';
import {
  FINALIZER,
  type Kustomization,
  KUSTOMIZATION,
  parseKustomization,
  subjectOf,
  STATUS_MANAGER,
} from './kustomization.ts';
import { pruneObjects } from './prune-objects.ts';
import { waitUntilGone } from './wait-until-gone.ts';

/** Returns the Kustomization as it is then. */
export function addFinalizer(client: KubeClient, kustomization: Kustomization): Promise<KubeObject | undefined> {
  return writeFinalizers(client, kustomization, [...kustomization.finalizers, FINALIZER]);
}

/**
 * Deletes what a Kustomization that is being deleted manages, as its deletion policy says, and lets it go (KC: finalize).
 *
 * @param client makes the changes; undefined where the account that it acts as is gone: then the objects stay
 * @returns whether it is let go; false where somebody changed it meanwhile, so that it is to be looked at again
 * @throws Failure `PruneFailed` where the API server holds on to an object
 */
export async function finalize(
  kustomization: Kustomization,
  client: KubeClient | undefined,
  context: ReconcilerContext,
  signal: AbortSignal,
): Promise<boolean> {
  if (!kustomization.finalizers.includes(FINALIZER)) return true;
  const inventory = parseInventory(kustomization.status.inventory);
  const { lastAppliedRevision } = kustomization.status;
  const revision = typeof lastAppliedRevision === 'string' ? lastAppliedRevision : '';
  const tell = (severity: 'info' | 'error', message: string): void => {
    context.events.tell(subjectOf(kustomization), { severity, reason: '', message, revision });
  };
  if (inventory.length > 0 && deletesObjects(kustomization)) {
    if (client === undefined) {
      const message = `unable to prune objects: \n${inventory.map(formatIdentity).join('\n')}`;
      tell('error', message);
    } else {
      const stale = inDeletionOrder(inventory);
      await waitForDependants(kustomization, context.live, signal);
      const claims = await claimedByOthers(stale, kustomization, context);
      const { gone, deleted, errors } = await pruneObjects(stale, kustomization, claims, client, signal);
      for (const object of deleted) {
        const owner = `${kustomization.namespace}/${kustomization.name}`;
        context.audit({ operation: 'deleted', object, kustomization: owner, revision, fields: [], cause: 'deletion' });
      }
      if (errors.length > 0) throw new Failure('PruneFailed', errors.join('\n'));
      if (gone.length > 0) {
        const message = gone.map((identity) => `${formatIdentity(identity)} deleted`).join('\n');
        tell('info', message);
      }
      if (kustomization.deletionPolicy === 'WaitForTermination') {
        await waitUntilGone(gone, client, kustomization.timeout, signal);
      }
    }
  }
  const now = await writeFinalizers(
    context.client,
    kustomization,
    kustomization.finalizers.filter((one) => one !== FINALIZER),
  );
  context.live.observe(now);
  return now === undefined || !parseKustomization(now).finalizers.includes(FINALIZER);
}

/** KC: finalizerShouldDeleteResources. */
function deletesObjects({ suspend, prune, deletionPolicy }: Kustomization): boolean {
  if (suspend) return false;
  return deletionPolicy === 'MirrorPrune' ? prune : deletionPolicy !== 'Orphan';
}

/** Whether the account that a Kustomization acts as is there (runtime/client: Impersonator.CanImpersonate). */
export async function hasAccount(client: KubeClient, namespace: string, name: string): Promise<boolean> {
  return (await getObject(client, { group: '', kind: 'ServiceAccount', namespace, name })) !== undefined;
}

/** With the version of the object, so that nobody's finalizer is lost. */
async function writeFinalizers(
  client: KubeClient,
  object: Kustomization,
  finalizers: readonly string[],
): Promise<KubeObject | undefined> {
  const { namespace, name, resourceVersion } = object;
  const patch = { metadata: { finalizers, resourceVersion } };
  try {
    const reference = { ...KUSTOMIZATION, namespace, name };
    return (await patchObject(client, reference, patch, { fieldManager: STATUS_MANAGER })).object;
  } catch (error) {
    // Somebody changed it meanwhile.
    if (!isApiError(error, 'kube/conflict') && !isApiError(error, 'kube/not-found')) throw error;
    return getObject(client, { ...KUSTOMIZATION, namespace, name });
  }
}
