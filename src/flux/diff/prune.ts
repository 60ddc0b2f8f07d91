import { isObject, type JsonObject } from '../../manifest/index.ts';
import { hookEvents } from '../helm/hooks.ts';

const GROUP = 'kustomize.toolkit.fluxcd.io';

/**
 * Why an object that git no longer has stays in the cluster; undefined where it is deleted (kustomize-controller: prune,
 * ssa: DeleteOptions.Exclusions).
 *
 * @param spec of the Kustomization as it is from now on; undefined where that goes as well
 * @param before its spec until now
 */
export function keptBy(object: JsonObject, spec: JsonObject | undefined, before: JsonObject): string | undefined {
  const own = protection(object);
  if (own !== undefined) return own;
  if (spec !== undefined) return spec.prune === true ? undefined : 'its Kustomization has prune: false';
  const { deletionPolicy = 'MirrorPrune' } = before;
  if (before.suspend === true) return 'its Kustomization is suspended while it is deleted';
  if (deletionPolicy === 'Orphan') return 'its Kustomization has deletionPolicy: Orphan';
  if (deletionPolicy === 'MirrorPrune' && before.prune !== true) return 'its Kustomization has prune: false';
  return undefined;
}

/**
 * Why an object of a Helm release stays that its chart no longer makes, or whose release is gone; undefined where it is
 * deleted (helm: kube.ResourcePolicyAnno; helm-controller: reconcileDelete).
 *
 * @param isGone whether the release itself goes
 * @param before spec of the HelmRelease until now
 * @param why the HelmRelease stays in the cluster, though git no longer has it
 */
export function keptByHelm(
  object: JsonObject,
  isGone: boolean,
  before: JsonObject,
  why: string | undefined,
): string | undefined {
  if (hookEvents(object) !== undefined) return 'it is a hook, which helm leaves';
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  if (annotations['helm.sh/resource-policy'] === 'keep') return 'it has helm.sh/resource-policy: keep';
  if (!isGone) return undefined;
  if (why !== undefined) return `its HelmRelease stays: ${why}`;
  return before.suspend === true ? 'its HelmRelease is suspended while it is deleted' : undefined;
}

/** The annotation or label by which an object is kept from deletion. */
export function protection(object: JsonObject): string | undefined {
  const has = (key: string, value: string): boolean => {
    const metadata = isObject(object.metadata) ? object.metadata : {};
    return [metadata.labels, metadata.annotations].some((map) => {
      const found = isObject(map) ? map[`${GROUP}/${key}`] : undefined;
      return typeof found === 'string' && found.toLowerCase() === value;
    });
  };
  if (has('prune', 'disabled')) return `it has ${GROUP}/prune: disabled`;
  if (has('reconcile', 'disabled')) return `it has ${GROUP}/reconcile: disabled`;
  if (has('ssa', 'ignore')) return `it has ${GROUP}/ssa: Ignore`;
  return undefined;
}
