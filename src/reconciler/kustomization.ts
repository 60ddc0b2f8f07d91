import { type CommonMetadata, parseConditions, parseDuration } from '../flux/index.ts';
import type { KubeObject } from '../kube/index.ts';
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  mapOf,
  type ObjectIdentity,
  objectsOf,
  splitApiVersion,
  textOf,
} from '../manifest/index.ts';
import type { Subject } from './events.ts';
import type { ConfigKey } from './watched-configs.ts';

/** What kustomize-controller watches: its objects say what is to be in the cluster. */
export const KUSTOMIZATION = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' } as const;
/** The finalizer of Flux's objects, which holds one back until its own objects are deleted. */
export const FINALIZER = 'finalizers.fluxcd.io';
/** The field manager of the status of Kustomizations (KC: StatusManager: `gotk-<controller>`). */
export const STATUS_MANAGER = 'gotk-kustomize-controller';

/** A source as a `sourceRef` names it. */
export interface SourceReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A Kustomization, parsed; with the defaults of kustomize-controller's API (kustomization_types.go). */
export interface Kustomization {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly spec: JsonObject;
  readonly status: JsonObject;
  readonly annotations: JsonObject;
  readonly finalizers: readonly string[];
  readonly isBeingDeleted: boolean;
  /** The value of `reconcile.fluxcd.io/requestedAt`; '' where there is none. */
  readonly requestedAt: string;
  /** Milliseconds, as are the others. */
  readonly interval: number;
  readonly retryInterval: number;
  readonly timeout: number;
  readonly source: SourceReference;
  readonly dependsOn: readonly Dependency[];
  readonly healthChecks: readonly ObjectIdentity[];
  /** The ConfigMaps and Secrets that it reads. */
  readonly configs: readonly ConfigKey[];
  readonly commonMetadata: CommonMetadata | undefined;
  readonly deletionPolicy: string;
  readonly suspend: boolean;
  readonly prune: boolean;
  readonly force: boolean;
  readonly wait: boolean;
  /** '' where it acts as itself. */
  readonly serviceAccountName: string;
}

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

export interface Dependency extends Named {
  /** When it is ready, in CEL; '' where its Ready condition says so. */
  readonly readyExpr: string;
}

const MINUTE_MS = 60_000;
/** GetTimeout: the least, and what the default is shorter than the interval. */
const TIMEOUT_MARGIN_MS = 30_000;

export function parseKustomization(object: KubeObject): Kustomization {
  const { metadata } = object;
  const namespace = metadata.namespace ?? '';
  const spec = mapOf(object.spec);
  const interval = durationOf(spec.interval) ?? MINUTE_MS;
  const annotations = mapOf(metadata.annotations);
  return {
    name: metadata.name,
    namespace,
    uid: metadata.uid,
    generation: typeof metadata.generation === 'number' ? metadata.generation : 0,
    resourceVersion: metadata.resourceVersion ?? '',
    spec,
    status: mapOf(object.status),
    annotations,
    finalizers: isList(metadata.finalizers) ? metadata.finalizers.filter((one) => typeof one === 'string') : [],
    isBeingDeleted: metadata.deletionTimestamp !== undefined,
    requestedAt: textOf(annotations['reconcile.fluxcd.io/requestedAt']),
    interval,
    retryInterval: durationOf(spec.retryInterval) ?? interval,
    timeout: Math.max(durationOf(spec.timeout) ?? interval - TIMEOUT_MARGIN_MS, TIMEOUT_MARGIN_MS),
    source: sourceOf(mapOf(spec.sourceRef), namespace),
    dependsOn: objectsOf(spec.dependsOn).map((one) => ({
      namespace: textOf(one.namespace) || namespace,
      name: textOf(one.name),
      readyExpr: textOf(one.readyExpr),
    })),
    healthChecks: objectsOf(spec.healthChecks).map(healthCheckOf),
    configs: configsOf(spec).map(([kind, name]) => `${kind}/${namespace}/${name}`),
    commonMetadata: isObject(spec.commonMetadata)
      ? { labels: mapOf(spec.commonMetadata.labels), annotations: mapOf(spec.commonMetadata.annotations) }
      : undefined,
    deletionPolicy: textOf(spec.deletionPolicy) || 'MirrorPrune',
    suspend: spec.suspend === true,
    prune: spec.prune === true,
    force: spec.force === true,
    wait: spec.wait === true,
    serviceAccountName: textOf(spec.serviceAccountName),
  };
}

/** What a Kustomization asks for that is not carried out here: the fields, by their names. It is then not applied at all. */
export function uncoveredFields({ spec }: Kustomization): readonly string[] {
  // Flux too carries it out behind a feature gate alone (ObjectLevelWorkloadIdentity).
  const hasAccount = textOf(mapOf(spec.decryption).serviceAccountName) !== '';
  return hasAccount ? ['spec.decryption.serviceAccountName'] : [];
}

/** KC: SetupWithManager, indexConfigMap and indexSecret. */
function configsOf(spec: JsonObject): readonly (readonly [kind: string, name: string])[] {
  const { configMapRef, secretRef } = mapOf(spec.kubeConfig);
  return [
    ...objectsOf(mapOf(spec.postBuild).substituteFrom).map(({ kind, name }) => [textOf(kind), textOf(name)] as const),
    ['ConfigMap', textOf(mapOf(configMapRef).name)],
    ['Secret', textOf(mapOf(secretRef).name)],
    ['Secret', textOf(mapOf(mapOf(spec.decryption).secretRef).name)],
  ];
}

function sourceOf(reference: JsonObject, namespace: string): SourceReference {
  return {
    kind: textOf(reference.kind),
    namespace: textOf(reference.namespace) || namespace,
    name: textOf(reference.name),
  };
}

/** KC: ReferenceToObjMetadataSet, for which an object without an apiVersion is of apps/v1. */
function healthCheckOf(reference: JsonObject): ObjectIdentity {
  return {
    ...splitApiVersion(textOf(reference.apiVersion) || 'apps/v1'),
    kind: textOf(reference.kind),
    namespace: textOf(reference.namespace),
    name: textOf(reference.name),
  };
}

function durationOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined;
}

/** As an event names it. */
export function subjectOf({ namespace, name, uid }: Kustomization): Subject {
  return { ...KUSTOMIZATION, namespace, name, uid };
}

/** The message of its Ready condition; '' where there is none. */
export function readyMessage({ status }: Kustomization): string {
  return parseConditions(status.conditions).find(({ type }) => type === 'Ready')?.message ?? '';
}
