import { identityOf, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';

/** Something that one object alone may have: two that have it fight over it without end. */
export interface Claim {
  readonly key: string;
  readonly code: string;
  /** What two of them do, a sentence without its full stop. */
  readonly sentence: () => string;
  readonly remedy: string;
}

export function claimsOf(manifest: JsonObject): Claim[] {
  const { apiVersion, kind, spec } = manifest;
  if (typeof apiVersion !== 'string' || !isObject(spec) || spec.kubeConfig !== undefined) return [];
  if (kind === 'HelmRelease' && apiVersion.startsWith('helm.toolkit.fluxcd.io/')) return [release(manifest, spec)];
  if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) return folder(manifest, spec);
  return [];
}

/** Helm keeps a release by its name, in its storage namespace (helm-controller: GetReleaseName, GetStorageNamespace). */
function release(manifest: JsonObject, spec: JsonObject): Claim {
  const { name, namespace } = identityOf(manifest);
  const target = text(spec.targetNamespace);
  const releaseName = text(spec.releaseName) ?? (target === undefined ? name : `${target}-${name}`);
  const storage = text(spec.storageNamespace) ?? namespace;
  return {
    key: `release ${storage}/${releaseName}`,
    code: 'synth/same-release',
    sentence: () => `Two HelmReleases are the Helm release ${releaseName} in ${storage}`,
    remedy: 'Give one of them another `releaseName`.',
  };
}

/** What changes the names or the places of the objects, so that one folder may be applied more than once. */
const CHANGES = ['postBuild', 'namePrefix', 'nameSuffix', 'patches', 'components'];

/** One folder applied twice: of two inventories with the same objects, one would prune what is the other's. */
function folder(manifest: JsonObject, spec: JsonObject): Claim[] {
  const { sourceRef } = spec;
  if (!isObject(sourceRef) || CHANGES.some((field) => spec[field] !== undefined)) return [];
  const source = `${text(sourceRef.kind) ?? ''}/${text(sourceRef.namespace) ?? identityOf(manifest).namespace}/${text(sourceRef.name) ?? ''}`;
  const path = (text(spec.path) ?? '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  return [
    {
      key: `folder ${source} ${path} ${text(spec.targetNamespace) ?? ''}`,
      code: 'synth/same-folder',
      sentence: () => `Two Kustomizations apply ./${path} of ${source}, and so own the same objects`,
      remedy: 'Take one of them out, or give each a `path` or a `targetNamespace` of its own.',
    },
  ];
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
