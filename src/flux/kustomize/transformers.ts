import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import { withMember, withMetadata } from './edit.ts';
import { type FieldSpec, mergeFieldSpecs, setField } from './field-spec.ts';
import { flag, objects, text, texts } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Resource } from './resource.ts';
import { idKey, isClusterScoped, isSelected } from './resource-id.ts';
import { parseSpecs, type TransformerConfig } from './transformer-config.ts';

/** `namespace`: set on everything that has one (NamespaceTransformer, filters/namespace). */
export function setNamespace(
  resources: readonly Resource[],
  namespace: string,
  { namespace: specs }: TransformerConfig,
): readonly Resource[] {
  const result = resources.map((resource) => {
    const { object } = resource;
    return resource.remembering().with({ object: withNamespace(object, namespace, specs) });
  });
  if (new Set(result.map(({ id }) => idKey(id))).size < result.length) notCovered('two resources of one name');
  return result;
}

function withNamespace(object: JsonObject, namespace: string, specs: readonly FieldSpec[]): JsonObject {
  const { apiVersion, kind } = object;
  const isBinding = kind === 'RoleBinding' || kind === 'ClusterRoleBinding';
  let result = object;
  if (!isClusterScoped(text(apiVersion), text(kind))) result = withMetadata(result, 'namespace', namespace);
  if (isBinding) result = withSubjects(result, namespace);
  for (const spec of specs) {
    if (spec.path === 'metadata/namespace' || (spec.path === 'metadata/name' && apiVersion !== 'v1')) continue;
    if (spec.path === 'subjects/namespace' && (spec.kind === 'RoleBinding' || spec.kind === 'ClusterRoleBinding')) {
      if (isBinding) continue;
    }
    result = setField(result, spec, (value) => setText(value, namespace), true);
  }
  return result;
}

function setText(value: Json | undefined, to: string): Json {
  return typeof value === 'object' && value !== null ? notCovered('a namespace that is no text') : to;
}

/** Subjects called `default` are meant to be in the same namespace. */
function withSubjects(object: JsonObject, namespace: string): JsonObject {
  const { subjects } = object;
  if (subjects === undefined || subjects === null) return object;
  if (!isList(subjects)) return notCovered('subjects that are no list');
  const changed = subjects.map((subject) => {
    if (!isObject(subject)) return notCovered('a subject that is no map');
    return subject.name === 'default' ? withMember(subject, 'namespace', namespace) : subject;
  });
  return withMember(object, 'subjects', changed);
}

/** `labels` and `commonLabels` (LabelTransformer). */
export function addLabels(
  resources: readonly Resource[],
  kustomization: JsonObject,
  config: TransformerConfig,
): readonly Resource[] {
  const sets = objects(kustomization.labels).map((label) => ({
    pairs: texts(label.pairs),
    specs: labelSpecs(label, config),
  }));
  const common = { pairs: texts(kustomization.commonLabels), specs: config.commonLabels };
  return [...sets, common].reduce((all, { pairs, specs }) => addPairs(all, pairs, specs), resources);
}

function labelSpecs(label: JsonObject, config: TransformerConfig): readonly FieldSpec[] {
  const own = mergeFieldSpecs(parseSpecs(label.fields), config.labels);
  if (flag(label.includeSelectors)) return mergeFieldSpecs(own, config.commonLabels);
  const withTemplates = flag(label.includeTemplates) ? mergeFieldSpecs(own, config.templateLabels) : own;
  const metadata = { group: '', version: '', kind: '', path: 'metadata/labels', create: true };
  return mergeFieldSpecs(withTemplates, [metadata]);
}

/** `commonAnnotations` (AnnotationsTransformer). */
export function addAnnotations(
  resources: readonly Resource[],
  kustomization: JsonObject,
  config: TransformerConfig,
): readonly Resource[] {
  return addPairs(resources, texts(kustomization.commonAnnotations), config.commonAnnotations);
}

function addPairs(
  resources: readonly Resource[],
  pairs: ReadonlyMap<string, string>,
  specs: readonly FieldSpec[],
): readonly Resource[] {
  if (pairs.size === 0) return resources;
  return resources.map((resource) => {
    const added = new Map<string, number>();
    const set = (value: Json | undefined): Json => {
      if (value !== undefined && !isObject(value)) return notCovered('labels or annotations that are no map');
      for (const [key, text] of pairs) {
        const existing = value?.[key];
        if (existing === undefined) added.set(key, (added.get(key) ?? 0) + 1);
        else if (existing !== text && resource.shared.has(key)) notCovered('a label that is set once more');
      }
      return { ...value, ...Object.fromEntries(pairs) };
    };
    const object = specs.reduce((current, spec) => setField(current, spec, set), resource.object);
    const several = Array.from(added).filter(([, count]) => count > 1);
    return resource.with({ object, shared: new Set([...resource.shared, ...several.map(([key]) => key)]) });
  });
}

const KEEP_THEIR_NAMES = [
  { group: '', version: '', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', version: '', kind: 'APIService' },
  { group: '', version: '', kind: 'Namespace' },
];

/** `namePrefix` (PrefixTransformer). */
export function addPrefix(resources: readonly Resource[], prefix: string): readonly Resource[] {
  return rename(resources, (resource) =>
    resource.with({ prefixes: [...resource.prefixes, prefix] }).renamed(`${prefix}${resource.id.name}`),
  );
}

/** `nameSuffix` (SuffixTransformer). */
export function addSuffix(resources: readonly Resource[], suffix: string): readonly Resource[] {
  return rename(resources, (resource) =>
    resource.with({ suffixes: [...resource.suffixes, suffix] }).renamed(`${resource.id.name}${suffix}`),
  );
}

function rename(resources: readonly Resource[], change: (resource: Resource) => Resource): readonly Resource[] {
  return resources.map((resource) =>
    KEEP_THEIR_NAMES.some((selector) => isSelected(resource.originalId, selector))
      ? resource
      : change(resource.remembering()),
  );
}
