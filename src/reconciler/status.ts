import { isApiError, type KubeClient, type KubeObject, patchObject } from '../kube/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import { type Kustomization, KUSTOMIZATION } from './kustomization.ts';

/** KC: StatusManager: `gotk-<controller>`. */
export const STATUS_MANAGER = 'gotk-kustomize-controller';

/**
 * Writes what changed of the status of a Kustomization.
 *
 * @returns the Kustomization as the server has it; undefined where nothing changed, or where it is gone meanwhile
 */
export async function writeStatus(
  client: KubeClient,
  { namespace, name, uid, status: before }: Pick<Kustomization, 'namespace' | 'name' | 'uid' | 'status'>,
  status: JsonObject,
): Promise<KubeObject | undefined> {
  const changed = Object.entries(status).filter(
    ([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value),
  );
  if (changed.length === 0) return undefined;
  // Another one of its name, made meanwhile, has a status of its own.
  const patch = { metadata: { uid }, status: Object.fromEntries(changed) };
  const options = { fieldManager: STATUS_MANAGER, subresource: 'status' };
  try {
    return (await patchObject(client, { ...KUSTOMIZATION, namespace, name }, patch, options)).object;
  } catch (error) {
    if (isApiError(error, 'kube/not-found') || isApiError(error, 'kube/conflict')) return undefined;
    throw error;
  }
}
