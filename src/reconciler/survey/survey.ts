import { SlipwayError } from '../../errors.ts';
import { isApiError, type KubeClient, type KubeObject, listObjects } from '../../kube/index.ts';
import { FLUX_KINDS, type FluxKind } from './flux-kinds.ts';
import { type FluxObject, fluxObjects, inShownOrder } from './flux-object.ts';

/**
 * All sources, Kustomizations and HelmReleases of a cluster, whoever carries them out, kind by kind, by namespace and
 * name.
 *
 * @throws SlipwayError `cluster/no-flux` where the cluster has none of Flux's kinds, `cluster/no-rights`, both of status 3
 */
export async function surveyCluster(client: KubeClient, signal?: AbortSignal): Promise<readonly FluxObject[]> {
  const kinds = await servedKinds(client);
  const lists = await Promise.allSettled(
    kinds.map(({ group, kind }) => listObjects(client, { group, kind }, { signal })),
  );
  const forbidden = lists.flatMap((list) =>
    list.status === 'rejected' && isForbidden(list.reason) ? [list.reason] : [],
  );
  if (forbidden.length > 0) throw noRights(client, forbidden);
  const objects = lists.flatMap((list): readonly KubeObject[] => {
    if (list.status === 'fulfilled') return inShownOrder(list.value.objects);
    throw list.reason;
  });
  return fluxObjects(objects);
}

/** @throws SlipwayError `cluster/no-flux` */
export async function servedKinds(client: KubeClient): Promise<readonly FluxKind[]> {
  const served = new Set((await client.discovery.list()).map(({ group, kind }) => `${group}/${kind}`));
  const kinds = FLUX_KINDS.filter(({ group, kind }) => served.has(`${group}/${kind}`));
  if (kinds.length > 0) return kinds;
  throw new SlipwayError({
    code: 'cluster/no-flux',
    message: `The cluster of context ${client.access.context} has none of Flux's kinds.`,
    remedy: '`slipway bootstrap` brings them with the tree; or choose another cluster by --context.',
    exitStatus: 3,
  });
}

function isForbidden(error: unknown): error is SlipwayError {
  return isApiError(error, 'kube/forbidden');
}

function noRights(client: KubeClient, refused: readonly SlipwayError[]): SlipwayError {
  const verbs = refused.map(({ message }) => message.replace(/ was refused: .*$/s, ''));
  return new SlipwayError({
    code: 'cluster/no-rights',
    message: `What is asked for may not be read on context ${client.access.context}. What is lacking, in all namespaces:\n${verbs.join('\n')}`,
    remedy: 'Let an administrator grant that, by a ClusterRole and its binding; Flux brings flux-view-flux-system.',
    exitStatus: 3,
    cause: refused[0],
  });
}
