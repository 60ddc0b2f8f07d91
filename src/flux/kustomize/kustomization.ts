import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import type { Shape } from './shape.ts';

/** Names of a kustomization file, in the order in which Flux looks for one (kustomize: RecognizedKustomizationFileNames). */
export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

const STRINGS: Shape = { list: 'string' };
const TEXTS: Shape = { map: 'string' };
const GVK = { group: 'string', version: 'string', kind: 'string' } as const;
const FIELD_SPEC: Shape = { fields: { ...GVK, path: 'string', create: 'bool' } };
const SELECTOR: Shape = {
  fields: { ...GVK, name: 'string', namespace: 'string', annotationSelector: 'string', labelSelector: 'string' },
};
const PATCH: Shape = {
  fields: {
    path: 'string',
    patch: 'string',
    target: SELECTOR,
    options: { fields: { allowNameChange: 'bool', allowKindChange: 'bool' } },
  },
};
const IMAGES: Shape = {
  list: { fields: { name: 'string', newName: 'string', tagSuffix: 'string', newTag: 'string', digest: 'string' } },
};
const GENERATOR_OPTIONS: Shape = {
  fields: { labels: TEXTS, annotations: TEXTS, disableNameSuffixHash: 'bool', immutable: 'bool' },
};
const GENERATOR = {
  namespace: 'string',
  name: 'string',
  behavior: 'string',
  literals: STRINGS,
  files: STRINGS,
  envs: STRINGS,
  env: 'string',
  options: GENERATOR_OPTIONS,
} as const;
const FIELD_OPTIONS: Shape = { fields: { delimiter: 'string', index: 'int', encoding: 'string', create: 'bool' } };
const REPLACEMENT = {
  source: {
    fields: { ...GVK, name: 'string', namespace: 'string', fieldPath: 'string', options: FIELD_OPTIONS },
  },
  targets: {
    list: { fields: { select: SELECTOR, reject: { list: SELECTOR }, fieldPaths: STRINGS, options: FIELD_OPTIONS } },
  },
  sourceValue: 'string',
} as const;

/** One replacement, as it stands in a file that `replacements[].path` names. */
export const REPLACEMENT_SHAPE: Shape = { fields: REPLACEMENT };

/** types.Kustomization of kustomize 5.8. */
export const KUSTOMIZATION_SHAPE: Shape = {
  fields: {
    apiVersion: 'string',
    kind: 'string',
    metadata: { fields: { name: 'string', namespace: 'string', labels: TEXTS, annotations: TEXTS } },
    openapi: TEXTS,
    namePrefix: 'string',
    nameSuffix: 'string',
    namespace: 'string',
    commonLabels: TEXTS,
    labels: {
      list: {
        fields: {
          pairs: TEXTS,
          includeSelectors: 'bool',
          includeTemplates: 'bool',
          fields: { list: FIELD_SPEC },
        },
      },
    },
    commonAnnotations: TEXTS,
    patchesStrategicMerge: STRINGS,
    patchesJson6902: { list: PATCH },
    patches: { list: PATCH },
    images: IMAGES,
    imageTags: IMAGES,
    replacements: { list: { fields: { path: 'string', ...REPLACEMENT } } },
    replicas: { list: { fields: { name: 'string', count: 'int' } } },
    vars: { list: 'any' },
    sortOptions: { fields: { order: 'string', legacySortOptions: 'any' } },
    resources: STRINGS,
    components: STRINGS,
    crds: STRINGS,
    bases: STRINGS,
    configMapGenerator: { list: { fields: GENERATOR } },
    secretGenerator: { list: { fields: { ...GENERATOR, type: 'string' } } },
    helmGlobals: 'any',
    helmCharts: { list: 'any' },
    helmChartInflationGenerator: { list: 'any' },
    generatorOptions: GENERATOR_OPTIONS,
    configurations: STRINGS,
    generators: STRINGS,
    transformers: STRINGS,
    validators: STRINGS,
    buildMetadata: STRINGS,
  },
};

const FIELD_SPECS: Shape = { list: FIELD_SPEC };

/** builtinconfig.TransformerConfig: a file that `configurations` names. */
export const CONFIGURATION_SHAPE: Shape = {
  fields: {
    namePrefix: FIELD_SPECS,
    nameSuffix: FIELD_SPECS,
    namespace: FIELD_SPECS,
    commonLabels: FIELD_SPECS,
    labels: FIELD_SPECS,
    templateLabels: FIELD_SPECS,
    commonAnnotations: FIELD_SPECS,
    nameReference: { list: { fields: { ...GVK, fieldSpecs: FIELD_SPECS } } },
    varReference: FIELD_SPECS,
    images: FIELD_SPECS,
    replicas: FIELD_SPECS,
  },
};

// What conforms to a shape is of these types: the readers below need no checks but for absence.

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function flag(value: Json | undefined): boolean {
  return value === true;
}

export function strings(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function objects(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}

export function texts(value: Json | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(isObject(value) ? value : {}).map(([key, member]) => [key, text(member)]));
}
