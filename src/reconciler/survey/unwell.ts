import { type Health, objectHealth } from '../../flux/index.ts';
import { isApiError, type KubeClient, type KubeObject, listObjects } from '../../kube/index.ts';
import { identityKey, isObject, type ObjectIdentity, objectsOf, textOf } from '../../manifest/index.ts';
import { KUSTOMIZATION, parseKustomization } from '../kustomization.ts';
import { podSelector } from '../pod-selector.ts';
import type { FluxObject } from './flux-object.ts';
import { managedObjects } from './object-tree.ts';
import { readInventory } from './read-inventory.ts';

/** An object that a Kustomization or HelmRelease waits for in vain. */
export interface Unwell {
  readonly identity: ObjectIdentity;
  readonly health: Health;
  /** What its pods say, each thing once: `container web: ImagePullBackOff: …`. */
  readonly pods: readonly string[];
}

const MAX_PODS_SAID = 3;

/** Which of the objects that it manages or checks are not well, and what their pods say of it. */
export async function unwellObjects(
  client: KubeClient,
  one: FluxObject,
  now: number,
  signal?: AbortSignal,
): Promise<readonly Unwell[]> {
  const identities = [...managedObjects([one]), ...checkedObjects(one)];
  const live = await readInventory(client, identities, { signal });
  const unwell = identities.flatMap((identity): readonly (Unwell & { readonly object: KubeObject | undefined })[] => {
    const object = live.get(identityKey(identity));
    if (object === undefined || object === 'unreadable') return [];
    if (object === 'gone') {
      const health = { status: 'NotFound', message: 'It is not in the cluster.' } as const;
      return [{ identity, health, pods: [], object: undefined }];
    }
    const health = objectHealth(object, now);
    return health.status === 'Current' ? [] : [{ identity, health, pods: [], object }];
  });
  return Promise.all(
    unwell.map(async ({ identity, health, object }) => ({
      identity,
      health,
      pods: object === undefined ? [] : await saidByPods(client, object, signal),
    })),
  );
}

/** `spec.healthChecks`, which may name objects of others. */
function checkedObjects({ identity, object }: FluxObject): readonly ObjectIdentity[] {
  return identity.kind === KUSTOMIZATION.kind ? parseKustomization(object).healthChecks : [];
}

/** What the pods of a workload, or a pod itself, say of why they are not ready; each thing once. */
export async function saidByPods(
  client: KubeClient,
  workload: KubeObject,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (workload.kind === 'Pod') return saidByPod(workload);
  const labelSelector = podSelector(workload);
  if (labelSelector === undefined) return [];
  const { namespace } = workload.metadata;
  try {
    const { objects } = await listObjects(client, { group: '', kind: 'Pod' }, { namespace, labelSelector, signal });
    return [...new Set(objects.flatMap(saidByPod))].slice(0, MAX_PODS_SAID);
  } catch (error) {
    if (isApiError(error, 'kube/forbidden')) return [];
    throw error;
  }
}

/** Why a pod is not ready, as the kubelet and the scheduler tell it. */
function saidByPod({ status }: KubeObject): readonly string[] {
  const { conditions, containerStatuses, initContainerStatuses } = isObject(status) ? status : {};
  const unscheduled = objectsOf(conditions).find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled !== undefined) return [`not scheduled: ${textOf(unscheduled.message)}`];
  return [...objectsOf(initContainerStatuses), ...objectsOf(containerStatuses)].flatMap(
    ({ name, state, lastState }) => {
      const { waiting, terminated } = isObject(state) ? state : {};
      const last = isObject(lastState) && isObject(lastState.terminated) ? lastState.terminated : undefined;
      const said = [waiting, isObject(terminated) && terminated.exitCode !== 0 ? terminated : undefined]
        .filter(isObject)
        .filter(({ reason }) => reason !== 'ContainerCreating' && reason !== 'PodInitializing')
        .map(({ reason, message }) => [textOf(reason), textOf(message)].filter((part) => part !== '').join(': '));
      const ended = typeof last?.exitCode === 'number' ? `, it ended with ${last.exitCode}` : '';
      return said.map((sentence) => `container ${textOf(name)}: ${sentence}${ended}`);
    },
  );
}
