import type { JsonObject } from '../../manifest/index.ts';
import { metadataMap } from './switches.ts';

/** What of Flux put an object into the cluster. */
export interface FluxOwner {
  readonly kind: 'Kustomization' | 'HelmRelease';
  readonly namespace: string;
  readonly name: string;
}

const OWNERS = [
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
] as const;

/** By the labels that its owner left (flux trace: isOwnerManagedByFlux); undefined where it has none of them. */
export function fluxOwnerOf(live: JsonObject): FluxOwner | undefined {
  const labels = metadataMap(live, 'labels');
  for (const [kind, group] of OWNERS) {
    const name = labels[`${group}/name`];
    const namespace = labels[`${group}/namespace`];
    if (typeof name === 'string' && typeof namespace === 'string') return { kind, namespace, name };
  }
  return undefined;
}
