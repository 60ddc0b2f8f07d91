import type { JsonObject } from '../../manifest/index.ts';
import { type FieldSpec, mergeFieldSpecs } from './field-spec.ts';
import { flag, objects, text } from './kustomization.ts';
import { DEFAULT_NAME_REFERENCES } from './name-reference-table.ts';
import { type Gvk, isSameGvk } from './resource-id.ts';

/** Fields by which objects refer to those of a kind by name (kustomize: builtinconfig.NameBackReferences). */
export interface NameReference extends Gvk {
  readonly referrers: readonly FieldSpec[];
}

/** Which fields the transformers set: kustomize's own ones and those of `configurations` (TransformerConfig). */
export interface TransformerConfig {
  readonly namespace: readonly FieldSpec[];
  readonly commonLabels: readonly FieldSpec[];
  readonly labels: readonly FieldSpec[];
  readonly templateLabels: readonly FieldSpec[];
  readonly commonAnnotations: readonly FieldSpec[];
  readonly nameReference: readonly NameReference[];
  readonly images: readonly FieldSpec[];
  /** Configures what the native builder does not do. */
  readonly hasOther: boolean;
}

/** A file of `configurations`, which conforms to CONFIGURATION_SHAPE. */
export function parseConfiguration(file: JsonObject): TransformerConfig {
  return {
    namespace: parseSpecs(file.namespace),
    commonLabels: parseSpecs(file.commonLabels),
    labels: parseSpecs(file.labels),
    templateLabels: parseSpecs(file.templateLabels),
    commonAnnotations: parseSpecs(file.commonAnnotations),
    nameReference: objects(file.nameReference).map((reference) => ({
      ...parseGvk(reference),
      referrers: parseSpecs(reference.fieldSpecs),
    })),
    images: parseSpecs(file.images),
    hasOther: ['namePrefix', 'nameSuffix', 'varReference', 'replicas'].some((field) => objects(file[field]).length > 0),
  };
}

export function parseSpecs(list: JsonObject[string]): readonly FieldSpec[] {
  return objects(list).map((spec) => ({ ...parseGvk(spec), path: text(spec.path), create: flag(spec.create) }));
}

export function parseGvk(value: JsonObject): Gvk {
  return { group: text(value.group), version: text(value.version), kind: text(value.kind) };
}

export function mergeConfigs(a: TransformerConfig, b: TransformerConfig): TransformerConfig {
  if (a === b || b === EMPTY_CONFIG) return a;
  if (a === EMPTY_CONFIG) return b;
  return {
    namespace: mergeFieldSpecs(a.namespace, b.namespace),
    commonLabels: mergeFieldSpecs(a.commonLabels, b.commonLabels),
    labels: mergeFieldSpecs(a.labels, b.labels),
    templateLabels: mergeFieldSpecs(a.templateLabels, b.templateLabels),
    commonAnnotations: mergeFieldSpecs(a.commonAnnotations, b.commonAnnotations),
    nameReference: mergeNameReferences(a.nameReference, b.nameReference),
    images: mergeFieldSpecs(a.images, b.images),
    hasOther: a.hasOther || b.hasOther,
  };
}

function mergeNameReferences(a: readonly NameReference[], b: readonly NameReference[]): readonly NameReference[] {
  if (a === b || b.length === 0) return a;
  const result = [...a];
  for (const reference of b) {
    const index = result.findIndex((other) => isSameGvk(other, reference));
    const same = result[index];
    if (same === undefined) result.push(reference);
    else result[index] = { ...same, referrers: mergeFieldSpecs(same.referrers, reference.referrers) };
  }
  return result;
}

function specs(create: boolean, ...lines: readonly string[]): readonly FieldSpec[] {
  return lines.map((line) => {
    const [kind = '', path = ''] = line.split(' ');
    const [name = '', group = '', version = ''] = kind.split('@');
    return { group, version, kind: name === '*' ? '' : name, path, create };
  });
}

const METADATA_LABELS = specs(
  true,
  '* metadata/labels',
  'ReplicationController@@v1 spec/template/metadata/labels',
  'Deployment spec/template/metadata/labels',
  'ReplicaSet spec/template/metadata/labels',
  'DaemonSet spec/template/metadata/labels',
  'StatefulSet@apps spec/template/metadata/labels',
  'StatefulSet@apps spec/volumeClaimTemplates[]/metadata/labels',
  'Job@batch spec/template/metadata/labels',
  'CronJob@batch spec/jobTemplate/metadata/labels',
  'CronJob@batch spec/jobTemplate/spec/template/metadata/labels',
);

const AFFINITIES = [
  'podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm',
  'podAffinity/requiredDuringSchedulingIgnoredDuringExecution',
  'podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm',
  'podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution',
].map((term) => `affinity/${term}`);

/** internal/konfig/builtinpluginconsts of kustomize 5.8: `Kind@group@version path`. */
export const DEFAULT_CONFIG: TransformerConfig = {
  namespace: [
    ...specs(true, 'Namespace metadata/name', 'APIService@apiregistration.k8s.io spec/service/namespace'),
    ...specs(
      false,
      'CustomResourceDefinition@apiextensions.k8s.io spec/conversion/webhook/clientConfig/service/namespace',
    ),
  ],
  commonLabels: [
    ...specs(
      true,
      'Service@@v1 spec/selector',
      'ReplicationController@@v1 spec/selector',
      'Deployment spec/selector/matchLabels',
      'ReplicaSet spec/selector/matchLabels',
      'DaemonSet spec/selector/matchLabels',
      'StatefulSet@apps spec/selector/matchLabels',
    ),
    ...specs(
      false,
      ...['Deployment@apps', 'StatefulSet@apps'].flatMap((kind) =>
        [...AFFINITIES, 'topologySpreadConstraints'].map(
          (term) => `${kind} spec/template/spec/${term}/labelSelector/matchLabels`,
        ),
      ),
      'Job@batch spec/selector/matchLabels',
      'CronJob@batch spec/jobTemplate/spec/selector/matchLabels',
      'PodDisruptionBudget@policy spec/selector/matchLabels',
      'NetworkPolicy@networking.k8s.io spec/podSelector/matchLabels',
      'NetworkPolicy@networking.k8s.io spec/ingress/from/podSelector/matchLabels',
      'NetworkPolicy@networking.k8s.io spec/egress/to/podSelector/matchLabels',
    ),
    ...METADATA_LABELS,
  ],
  labels: [],
  templateLabels: METADATA_LABELS,
  commonAnnotations: specs(
    true,
    '* metadata/annotations',
    'ReplicationController@@v1 spec/template/metadata/annotations',
    'Deployment spec/template/metadata/annotations',
    'ReplicaSet spec/template/metadata/annotations',
    'DaemonSet spec/template/metadata/annotations',
    'StatefulSet spec/template/metadata/annotations',
    'Job@batch spec/template/metadata/annotations',
    'CronJob@batch spec/jobTemplate/metadata/annotations',
    'CronJob@batch spec/jobTemplate/spec/template/metadata/annotations',
  ),
  nameReference: DEFAULT_NAME_REFERENCES,
  images: specs(
    true,
    ...['spec', 'spec/template/spec'].flatMap((pod) => [
      `* ${pod}/containers[]/image`,
      `* ${pod}/initContainers[]/image`,
      `* ${pod}/volumes[]/image/reference`,
    ]),
  ),
  hasOther: false,
};

export const EMPTY_CONFIG: TransformerConfig = {
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  nameReference: [],
  images: [],
  hasOther: false,
};
