import { type Conditions, formatTime, parseConditions, setCondition, withoutCondition } from '../flux/index.ts';
import type { KubeObject } from '../kube/index.ts';
import { isObject, type JsonObject, objectsOf } from '../manifest/index.ts';
import type { FetchedSource } from './fetch-source.ts';

/** The status of a source whose artifact is here, as source-controller writes it (SC: reconcileArtifact). */
export function fetchedStatus(object: KubeObject, fetched: FetchedSource, included: readonly JsonObject[]): JsonObject {
  const saying = sayingOf(object);
  let conditions = storedConditions(object, fetched.revision);
  if (fetched.signatures.length > 0) {
    conditions = setCondition(conditions, 'SourceVerified', 'True', 'Succeeded', fetched.signatures.join(', '), saying);
  } else conditions = withoutCondition(conditions, 'SourceVerified');
  return {
    ...handled(object),
    conditions: [...conditions],
    observedGeneration: saying.generation,
    artifact: artifactOf(object, fetched),
    ...(included.length === 0 ? {} : { includedArtifacts: included }),
  };
}

/** Whether what is here was made of the spec as it is, and of these artifacts of `spec.include` (SC: gitContentConfigChanged). */
export function isMadeOf(object: KubeObject, included: readonly JsonObject[]): boolean {
  const { observedGeneration, includedArtifacts } = statusOf(object);
  const before = objectsOf(includedArtifacts).map(({ digest }) => digest);
  const now = included.map(({ digest }) => digest);
  return observedGeneration === object.metadata.generation && JSON.stringify(before) === JSON.stringify(now);
}

/** Of a source that still holds what it held: well again after it could not be reached, and a request for it is answered. */
export function keptStatus(object: KubeObject, revision: string): JsonObject {
  const { generation } = sayingOf(object);
  return { ...handled(object), conditions: [...storedConditions(object, revision)], observedGeneration: generation };
}

function storedConditions(object: KubeObject, revision: string): Conditions {
  const message = `stored artifact for revision '${revision}'`;
  const saying = sayingOf(object);
  let conditions = parseConditions(statusOf(object).conditions);
  for (const type of ['FetchFailed', 'Reconciling', 'Stalled', 'ArtifactOutdated', 'IncludeUnavailable']) {
    conditions = withoutCondition(conditions, type);
  }
  conditions = setCondition(conditions, 'ArtifactInStorage', 'True', 'Succeeded', message, saying);
  return setCondition(conditions, 'Ready', 'True', 'Succeeded', message, saying);
}

/** It is tried again; the artifact of before stays. */
export function failedStatus(object: KubeObject, reason: string, message: string): JsonObject {
  const saying = sayingOf(object);
  let conditions: Conditions = parseConditions(statusOf(object).conditions);
  conditions = setCondition(conditions, 'FetchFailed', 'True', reason, message, saying);
  conditions = setCondition(conditions, 'Ready', 'False', reason, message, saying);
  const retrying = 'building artifact: retrying';
  conditions = setCondition(conditions, 'Reconciling', 'True', 'ProgressingWithRetry', retrying, saying);
  return { ...handled(object), conditions: [...conditions] };
}

/** The revision of the artifact that the status has; undefined where there is none. */
export function artifactInStatus(
  object: KubeObject,
): { readonly revision: string; readonly digest: string } | undefined {
  const { artifact } = statusOf(object);
  if (!isObject(artifact)) return undefined;
  const { revision, digest } = artifact;
  return typeof revision === 'string' && typeof digest === 'string' ? { revision, digest } : undefined;
}

/**
 * source-controller, when it takes over, finds that it does not have this and makes its own of the same revision, so that
 * nobody who builds from it has to do anything (SC: reconcileStorage).
 */
function artifactOf(object: KubeObject, { revision, digest, size }: FetchedSource): JsonObject {
  const { kind, metadata } = object;
  const { namespace = '', name } = metadata;
  const { artifact: before } = statusOf(object);
  if (isObject(before) && before.revision === revision && before.digest === digest) return before;
  const file = `${kind.toLowerCase()}/${namespace}/${name}/${revision.replace(/^.*:/, '')}.tar.gz`;
  return {
    digest,
    lastUpdateTime: formatTime(Date.now()),
    path: file,
    revision,
    size,
    url: `http://source-controller.flux-system.svc.cluster.local./${file}`,
  };
}

function handled({ metadata }: KubeObject): JsonObject {
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const requestedAt = annotations['reconcile.fluxcd.io/requestedAt'];
  return typeof requestedAt === 'string' ? { lastHandledReconcileAt: requestedAt } : {};
}

function sayingOf({ metadata }: KubeObject): { readonly now: number; readonly generation: number } {
  return { now: Date.now(), generation: typeof metadata.generation === 'number' ? metadata.generation : 0 };
}

export function statusOf({ status }: KubeObject): JsonObject {
  return isObject(status) ? status : {};
}
