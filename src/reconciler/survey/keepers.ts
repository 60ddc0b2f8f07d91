import { isApiError, type KubeClient, type KubeObject, listObjects } from '../../kube/index.ts';
import { isObject } from '../../manifest/index.ts';

/** Who stands for one of Flux's controllers in a cluster. */
export interface Keeper {
  /** For example `kustomize-controller`. */
  readonly controller: string;
  /** As it calls itself: the pod of a controller, or a Slipway. */
  readonly holder: string;
}

const NAMESPACE = 'flux-system';
const SUFFIX = '-leader-election';

/** By the leases of Flux's controllers that are held now; undefined where they may not be read. */
export async function keepersOf(client: KubeClient, now: number): Promise<readonly Keeper[] | undefined> {
  try {
    const kind = { group: 'coordination.k8s.io', kind: 'Lease' };
    const { objects } = await listObjects(client, kind, { namespace: NAMESPACE });
    return objects.map((lease) => keeperOf(lease, now)).filter((keeper) => keeper !== undefined);
  } catch (error) {
    if (isApiError(error, 'kube/forbidden')) return undefined;
    throw error;
  }
}

/** By one lease; undefined where it is of no controller, or nobody holds it now. */
export function keeperOf({ metadata, spec }: KubeObject, now: number): Keeper | undefined {
  const { holderIdentity, renewTime, leaseDurationSeconds } = isObject(spec) ? spec : {};
  if (!metadata.name.endsWith(SUFFIX) || typeof holderIdentity !== 'string' || holderIdentity === '') return undefined;
  const renewedAt = typeof renewTime === 'string' ? Date.parse(renewTime) : NaN;
  const lasts = typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0;
  const isHeld = renewedAt + lasts > now;
  return isHeld ? { controller: metadata.name.slice(0, -SUFFIX.length), holder: holderIdentity } : undefined;
}

/** Who that is, for people: `Slipway, process 42 on laptop`, `kustomize-controller-7d5f9-abcde`. */
export function formatHolder(holder: string): string {
  const [who = holder] = holder.split('_');
  const slipway = /^slipway-(.+)-(\d+)$/.exec(who);
  return slipway === null ? who : `Slipway, process ${slipway[2] ?? ''} on ${slipway[1] ?? ''}`;
}
