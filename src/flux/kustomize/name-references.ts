import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { type FieldSpec, setField } from './field-spec.ts';
import { text } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Resource } from './resource.ts';
import { type Gvk, isSelected, NO_NAMESPACE } from './resource-id.ts';
import type { NameReference } from './transformer-config.ts';

/** The resources with their references to others brought up to date with names that changed (nameReferenceTransformer). */
export function fixNameReferences(
  resources: readonly Resource[],
  references: readonly NameReference[],
): readonly Resource[] {
  if (resources.every(({ previous }) => previous.length === 0)) return resources;
  const byKind = new Map<string, readonly Filter[]>();
  return resources.map((referrer) => {
    const { kind } = referrer.originalId;
    const filters = byKind.get(kind) ?? filtersFor(kind, references);
    byKind.set(kind, filters);
    if (filters.length === 0) return referrer;
    const candidates = candidatesFor(referrer, resources);
    const selected = filters.filter(({ field }) => isSelected(referrer.originalId, field));
    const object = selected.reduce(
      (current, filter) => fixReference(current, referrer, filter, candidates),
      referrer.object,
    );
    return object === referrer.object ? referrer : referrer.with({ object });
  });
}

interface Filter {
  readonly field: FieldSpec;
  readonly target: Gvk;
}

function filtersFor(kind: string, references: readonly NameReference[]): readonly Filter[] {
  return references.flatMap((target) =>
    target.referrers.filter((field) => field.kind === '' || field.kind === kind).map((field) => ({ field, target })),
  );
}

/** resWrangler.SubsetThatCouldBeReferencedByResource. */
function candidatesFor(referrer: Resource, resources: readonly Resource[]): readonly Resource[] {
  const { namespace } = referrer.id;
  if (namespace === NO_NAMESPACE) return resources;
  const subjectNamespaces = referrer.object.kind === 'RoleBinding' ? namespacesOfSubjects(referrer.object) : [];
  return resources.filter(
    ({ id, object }) =>
      id.namespace === NO_NAMESPACE || id.namespace === namespace || subjectNamespaces.includes(namespaceOf(object)),
  );
}

function namespacesOfSubjects({ subjects }: JsonObject): readonly string[] {
  if (!isList(subjects)) return [];
  return subjects.flatMap((subject) =>
    isObject(subject) && subject.kind === 'ServiceAccount' && typeof subject.namespace === 'string'
      ? [subject.namespace]
      : [],
  );
}

function namespaceOf(object: JsonObject): string {
  return isObject(object.metadata) ? text(object.metadata.namespace) : '';
}

function fixReference(
  object: JsonObject,
  referrer: Resource,
  filter: Filter,
  candidates: readonly Resource[],
): JsonObject {
  const { group, version, kind } = referrer.id;
  const fix = (value: Json): Json => {
    if (isObject(value)) return fixMap(value, referrer, filter, candidates);
    if (isList(value)) return value.map(fixItem);
    return fixName(value, referrer, filter, candidates);
  };
  const fixItem = (item: Json): Json => (isList(item) ? notCovered('a list of lists of names') : fix(item));
  return setField(object, { ...filter.field, group, version, kind }, (value) => fix(value ?? null));
}

function fixName(value: Json, referrer: Resource, filter: Filter, candidates: readonly Resource[]): Json {
  if (value === null) return value;
  if (typeof value !== 'string') return notCovered('a name that is no text');
  const found = selectReferral(value, referrer, filter, candidates, (a, b) => a.id.name === b.id.name);
  return found?.id.name ?? value;
}

/** nameref.setMapping: a map with a name, and maybe a namespace, both of which are set. */
function fixMap(value: JsonObject, referrer: Resource, filter: Filter, candidates: readonly Resource[]): Json {
  const name = member(value, 'name');
  if (typeof name !== 'string') return notCovered('a reference without a name');
  const namespace = member(value, 'namespace');
  if (namespace !== undefined && typeof namespace !== 'string') return notCovered('a namespace that is no text');
  const inNamespace = namespace === undefined ? candidates : ofNamespace(candidates, namespace);
  const isSame = (a: Resource, b: Resource): boolean =>
    a.id.name === b.id.name && namespaceOf(a.object) === namespaceOf(b.object);
  const found = selectReferral(name, referrer, filter, inNamespace, isSame);
  if (found === undefined) return value;
  const renamed = withMember(value, 'name', found.id.name);
  const itsNamespace = namespaceOf(found.object);
  return itsNamespace === '' ? renamed : withMember(renamed, 'namespace', itsNamespace);
}

/** By the namespace that they were read with; only where nothing has that, by the one that they have now. */
function ofNamespace(candidates: readonly Resource[], namespace: string): readonly Resource[] {
  if (namespace === NO_NAMESPACE) return [];
  const original = candidates.filter((candidate) => candidate.originalId.namespace === namespace);
  return original.length > 0 ? original : candidates.filter((candidate) => candidate.id.namespace === namespace);
}

/** nameref.selectReferral: the one resource that had this name, among those that the referrer can mean. */
function selectReferral(
  name: string,
  referrer: Resource,
  { field, target }: Filter,
  candidates: readonly Resource[],
  isSame: (a: Resource, b: Resource) => boolean,
): Resource | undefined {
  const role = field.path.endsWith('roleRef/name') ? roleOf(referrer.object) : undefined;
  let matches = candidates.filter(
    (candidate) =>
      candidate.previous.some((id) => id.name === name) &&
      candidate.formerIds.some((id) => isSelected(id, target)) &&
      (role === undefined || candidate.formerIds.some((id) => isSelected(id, role))) &&
      isInReach(candidate, referrer),
  );
  if (matches.length === 1) return matches[0];
  matches = matches.filter((candidate) => hasSameAffixes(candidate, referrer, true));
  if (matches.length > 1) matches = matches.filter((candidate) => hasSameAffixes(candidate, referrer, false));
  const [first, ...others] = matches;
  if (first === undefined || others.every((other) => isSame(first, other))) return first;
  return notCovered('a name that several resources had');
}

function roleOf({ roleRef }: JsonObject): Gvk | undefined {
  if (!isObject(roleRef) || typeof roleRef.apiGroup !== 'string' || typeof roleRef.kind !== 'string') return undefined;
  return { group: roleRef.apiGroup, version: '', kind: roleRef.kind };
}

function isInReach({ id, object }: Resource, referrer: Resource): boolean {
  const { namespace } = referrer.id;
  return (
    namespace === NO_NAMESPACE ||
    id.namespace === NO_NAMESPACE ||
    object.kind === 'ServiceAccount' ||
    id.namespace === namespace
  );
}

/** Resource.PrefixesSuffixesEquals: whether both were under the same prefixes and suffixes, in the outermost layers. */
function hasSameAffixes(a: Resource, b: Resource, allowEmpty: boolean): boolean {
  const isSame = (left: readonly string[], right: readonly string[]): boolean =>
    (allowEmpty && (left.length === 0 || right.length === 0)) || hasSameEnd(left, right);
  return isSame(a.prefixes, b.prefixes) && isSame(a.suffixes, b.suffixes);
}

function hasSameEnd(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length > b.length ? [b, a] : [a, b];
  if (short.length === 0) return long.length === 0;
  return short.every((affix, i) => affix === long[long.length - short.length + i]);
}
