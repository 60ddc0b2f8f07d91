import type { KubeClient } from '../../kube/index.ts';
import { LiveObjects } from '../live-objects.ts';
import { type FluxObject, fluxObjects, inShownOrder } from './flux-object.ts';
import { servedKinds } from './survey.ts';

/** Flux's objects of a cluster as they are at each moment. */
export interface FollowedObjects {
  /** As `surveyCluster` gives them. */
  readonly current: () => readonly FluxObject[];
}

/**
 * Follows all sources, Kustomizations and HelmReleases by watches, until the signal ends it.
 *
 * @param onChange is told after each change
 * @param onLost is told that a kind can no longer be followed
 * @throws SlipwayError `cluster/no-flux`, `kube/forbidden`
 */
export async function followFluxObjects(
  client: KubeClient,
  signal: AbortSignal,
  onChange: () => void,
  onLost: (error: unknown) => void,
): Promise<FollowedObjects> {
  const kinds = await servedKinds(client);
  const live = new LiveObjects(client, signal, onLost);
  await Promise.all(kinds.map((kind) => live.follow(kind)));
  for (const kind of kinds) live.listenToKind(kind, onChange);
  return {
    current: () => fluxObjects(kinds.flatMap((kind) => inShownOrder([...live.all(kind)]))),
  };
}
