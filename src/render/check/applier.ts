import { ownerOf, releaseNamespace } from '../../flux/index.ts';
import type { JsonObject } from '../../manifest/index.ts';
import type { RenderedRelease } from '../helm/index.ts';
import { inNamespace, scopesOf } from '../helm/index.ts';
import type { Rendered } from '../walk.ts';

/** A Kustomization or HelmRelease with what it applies. */
export interface Applier {
  /** `namespace/name` of the Kustomization, or of the one that makes the HelmRelease. */
  readonly kustomization: string;
  /** `namespace/name` of the HelmRelease. */
  readonly release?: string;
  /** What it keeps equal to the repository. */
  readonly objects: readonly JsonObject[];
  /** What it makes besides: hooks, CRDs that others may have made, and all that is for another cluster. */
  readonly others: readonly JsonObject[];
  /** Whether values of which only the name is known stand in them. */
  readonly hasPlaceholders: boolean;
}

export function appliersOf(rendered: readonly Rendered[], releases: readonly RenderedRelease[]): readonly Applier[] {
  const all = [...rendered, ...releases].flatMap(({ objects }) => objects);
  const scopes = scopesOf([...all, ...releases.flatMap(({ crds }) => crds)]);
  const kustomizations = rendered.map(({ namespace, name, spec, objects, unknownVariables }) => ({
    kustomization: `${namespace}/${name}`,
    ...ofCluster(spec, objects, []),
    hasPlaceholders: unknownVariables.length > 0,
  }));
  const unsure = new Set(kustomizations.filter(({ hasPlaceholders }) => hasPlaceholders).map(ownerOf));
  return [
    ...kustomizations,
    ...releases.map(({ namespace, name, parent, spec, objects, crds, hooks, unknownValues }) => {
      const placed = (object: JsonObject): JsonObject => inNamespace(object, releaseNamespace(namespace, spec), scopes);
      return {
        kustomization: parent,
        release: `${namespace}/${name}`,
        ...ofCluster(spec, objects.map(placed), [...crds, ...hooks.map(placed)]),
        hasPlaceholders: unknownValues.length > 0 || unsure.has(parent),
      };
    }),
  ];
}

/** `spec.kubeConfig` names another cluster, where nothing meets what this one has. */
function ofCluster(spec: JsonObject, objects: readonly JsonObject[], others: readonly JsonObject[]) {
  return spec.kubeConfig === undefined ? { objects, others } : { objects: [], others: [...objects, ...others] };
}
