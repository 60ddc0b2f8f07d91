import { isList, isObject, type Json, type JsonObject, readDocument } from '../../manifest/index.ts';
import { asFloats } from '../substitute/substitute.ts';
import { member, metadataOf, withMember, withMetadata } from './edit.ts';
import { applyJsonPatch, parseJsonPatch, type PatchOperation } from './json-patch.ts';
import { flag, text } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import { readObjects, type SourceObject } from './read-resources.ts';
import { type Resource, textMap } from './resource.ts';
import { idOf, isSameId } from './resource-id.ts';
import { isTarget, parseSelector, type Selector } from './selector.ts';
import { strategicMerge } from './strategic-merge.ts';

/** An entry of `patches`, read. */
export interface Patch {
  readonly content:
    | { readonly kind: 'merge'; readonly patches: readonly SourceObject[] }
    | { readonly kind: 'json'; readonly operations: readonly PatchOperation[] };
  readonly target: Selector | undefined;
  readonly allowNameChange: boolean;
  readonly allowKindChange: boolean;
}

/** @param read Gives the content of a file named relative to the kustomization. */
export function parsePatch(entry: JsonObject, read: (path: string) => Buffer): Patch {
  const inline = text(entry.patch).trim();
  const path = text(entry.path);
  if ((inline === '') === (path === '')) return notCovered('a patch with both or neither of patch and path');
  const options = isObject(entry.options) ? entry.options : {};
  return {
    content: parseContent(inline === '' ? read(path) : inline, path),
    target: isObject(entry.target) ? parseSelector(entry.target) : undefined,
    allowNameChange: flag(options.allowNameChange),
    allowKindChange: flag(options.allowKindChange),
  };
}

/** PatchTransformer.Config: a list is a JSON patch, anything else a strategic merge patch. */
function parseContent(content: Buffer | string, file: string): Patch['content'] {
  const source = content.toString();
  const value = readPatch(source, file);
  if (isList(value)) return { kind: 'json', operations: parseJsonPatch(value) };
  return { kind: 'merge', patches: readObjects(content, file) };
}

/** The patches of `patchesStrategicMerge`, each the text of a patch or the path of a file. */
export function parseStrategicMerges(entries: readonly string[], read: (path: string) => Buffer): readonly Patch[] {
  return entries.map((entry) => ({
    content: {
      kind: 'merge',
      patches: entry.includes('\n') ? readObjects(entry, '') : readObjects(read(entry), entry),
    },
    target: undefined,
    allowNameChange: false,
    allowKindChange: false,
  }));
}

/** An entry of `patchesJson6902` applied: the names that its targets had are not remembered (PatchJson6902Transformer). */
export function applyJsonPatchEntry(
  resources: readonly Resource[],
  { target, path, patch }: JsonObject,
  read: (path: string) => Buffer,
): readonly Resource[] {
  if (!isObject(target) || text(target.name) === '') return notCovered('a JSON patch without a name for a target');
  if ((text(patch) === '') === (text(path) === '')) return notCovered('a patch with both or neither of patch and path');
  const source = text(patch) === '' ? read(text(path)).toString() : text(patch);
  const operations = parseJsonPatch(readPatch(source, text(path)) ?? null);
  if (operations.length === 0) return notCovered('an empty JSON patch');
  const selector = parseSelector(target);
  return resources.map((resource) => {
    if (!isTarget(selector, resource)) return resource;
    if (!hasAnnotations(resource) && operations.some(asksForAnnotations)) {
      return notCovered('annotations that are not there');
    }
    return jsonPatched(resource, operations);
  });
}

/** Its own, or kustomize's notes of what was done to it. */
function hasAnnotations({ object, previous, prefixes, suffixes }: Resource): boolean {
  const isNoted = previous.length > 0 || prefixes.length > 0 || suffixes.length > 0;
  return isNoted || isObject(metadataOf(object).annotations);
}

function asksForAnnotations({ path, from = [] }: PatchOperation): boolean {
  return [path, from].some(([first, second]) => first === 'metadata' && (second ?? 'annotations') === 'annotations');
}

/** What begins like a list of JSON has to be one (jsonPatchFromBytes). */
function readPatch(source: string, file: string): Json | undefined {
  const value = readDocument(source, { file, dialect: 'sigs' })?.value;
  if (source.startsWith('[')) {
    try {
      JSON.parse(source);
    } catch {
      return notCovered('a JSON patch that is no JSON');
    }
  }
  return value;
}

/** The resources with a patch applied to its targets; those that it deletes are left out (PatchTransformer.Transform). */
export function applyPatch(resources: readonly Resource[], patch: Patch): readonly Resource[] {
  return patch.content.kind === 'json'
    ? applyJson(resources, patch, patch.content.operations)
    : applyMerges(resources, patch, patch.content.patches);
}

function applyJson(
  resources: readonly Resource[],
  { target }: Patch,
  operations: readonly PatchOperation[],
): readonly Resource[] {
  if (target === undefined) return notCovered('a JSON patch without a target');
  // An empty list is no resources to kustomize, and so a merge patch of nothing (PatchTransformer.Config).
  if (operations.length === 0) return resources;
  return resources.map((resource) =>
    isTarget(target, resource) ? jsonPatched(resource.remembering(), operations) : resource,
  );
}

function jsonPatched(resource: Resource, operations: readonly PatchOperation[]): Resource {
  // kustomize keeps its notes in the annotations, so that they are there for a patch to add to.
  const { annotations } = metadataOf(resource.object);
  const prepared = withMetadata(resource.object, 'annotations', annotations ?? {});
  const patched = asFloats(applyJsonPatch(prepared, operations));
  if (!isObject(patched)) return notCovered('a JSON patch that leaves no object');
  const { traits } = resource;
  const rewrittenNulls = traits.rewrittenNulls || traits.bareNulls.length > 0;
  return resource.with({
    object: tidied(patched),
    traits: { ...traits, bareNulls: [], rewrittenNulls },
    shared: new Set(),
  });
}

/** Without the empty annotations that were put there for the patch. */
function tidied(object: JsonObject): JsonObject {
  if (!isObject(object.metadata)) return notCovered('a JSON patch that leaves no metadata');
  const { annotations } = object.metadata;
  if (annotations === null || (isObject(annotations) && Object.keys(annotations).length === 0)) {
    return withMetadata(object, 'annotations', undefined);
  }
  return object;
}

function applyMerges(
  resources: readonly Resource[],
  patch: Patch,
  patches: readonly SourceObject[],
): readonly Resource[] {
  if (patch.target === undefined) return patches.reduce((all, one) => applyToNamed(all, patch, one), resources);
  const [only] = patches;
  if (only === undefined) return patches.length === 0 ? notCovered('an empty patch with a target') : resources;
  if (patches.length > 1) return notCovered('several patches for one target');
  const { target } = patch;
  const selected = resources.filter((resource) => isTarget(target, resource));
  const prepared = preparedPatch(only);
  return resources.flatMap((resource) => {
    if (!selected.includes(resource)) return [resource];
    const changes = withMember(prepared.object, 'apiVersion', resource.object.apiVersion);
    return mergeInto(resource, patch, { ...prepared, object: changes });
  });
}

/** A patch without a target is for the one resource that has, or had, its id. */
function applyToNamed(resources: readonly Resource[], patch: Patch, source: SourceObject): readonly Resource[] {
  const id = idOf(source.object);
  const matches = resources.filter((resource) =>
    [...resource.formerIds, resource.id].some((candidate) => isSameId(candidate, id)),
  );
  const [target] = matches;
  if (target === undefined || matches.length > 1) return notCovered('a patch that matches not exactly one resource');
  return resources.flatMap((resource) => (resource === target ? mergeInto(resource, patch, source) : [resource]));
}

/**
 * A patch as it is copied for each target (Resource.CopyMergeMetaDataFieldsFrom): labels and annotations become text,
 * even nulls, so that it cannot delete any.
 */
function preparedPatch({ object, traits, at }: SourceObject): SourceObject {
  const texts = (name: 'labels' | 'annotations'): JsonObject | undefined => {
    const map = textMap(object, name, traits);
    return map.size === 0 ? undefined : Object.fromEntries(map);
  };
  const withLabels = withMetadata(object, 'labels', texts('labels'));
  const { namespace } = metadataOf(object);
  const withAnnotations = withMetadata(withLabels, 'annotations', texts('annotations'));
  return { object: withMetadata(withAnnotations, 'namespace', namespace ?? undefined), traits, at };
}

/** Resource.ApplySmPatch. None where the patch deletes it. */
function mergeInto(resource: Resource, patch: Patch, source: SourceObject): readonly Resource[] {
  checkTraits(resource, source);
  const merged = strategicMerge(withoutBareNulls(resource), source.object);
  if (merged === undefined || Object.keys(merged).length === 0) return [];
  const { kind } = resource.object;
  const { name, namespace } = metadataOf(resource.object);
  let object = patch.allowKindChange ? merged : withMember(merged, 'kind', kind);
  if (!patch.allowNameChange) object = withMetadata(object, 'name', name);
  object = withMetadata(object, 'namespace', namespace === '' || namespace === null ? undefined : namespace);
  const changed = patch.allowNameChange || patch.allowKindChange ? resource.remembering() : resource;
  return [changed.with({ object, traits: mergedTraits(resource, source) })];
}

/** Merging visits every map, but no items of lists that it does not merge (merge2.VisitMap, FieldSetter). */
function withoutBareNulls({ object, traits }: Resource): JsonObject {
  const mayMerge = MAY_HAVE_NUMBERED_LISTS.has(text(object.kind));
  if (mayMerge && traits.bareNulls.some(isInList)) notCovered('an empty value in a list of an object that is patched');
  return traits.bareNulls.filter((path) => !isInList(path)).reduce(withoutNull, object);
}

function isInList(path: readonly (string | number)[]): boolean {
  return path.some((step) => typeof step === 'number');
}

function withoutNull(object: JsonObject, [step = '', ...rest]: readonly (string | number)[]): JsonObject {
  const value = member(object, String(step));
  if (rest.length === 0) return value === null || value === '' ? withMember(object, String(step), undefined) : object;
  return isObject(value) ? withMember(object, String(step), withoutNull(value, rest)) : object;
}

function checkTraits({ traits, object, shared }: Resource, patch: SourceObject): void {
  if (traits.rewrittenNulls) notCovered('an empty value, and a JSON patch before another one');
  if (traits.oddNumber || patch.traits.oddNumber) {
    // The text of numbers matters where they tell list items apart.
    if (MAY_HAVE_NUMBERED_LISTS.has(text(object.kind))) notCovered('an odd number in an object that is patched');
  }
  if ((traits.folded || patch.traits.folded) && hasLines(patch.object)) {
    notCovered('several lines of text in a patch, and a folded text');
  }
  if (shared.size > 0 && mentions(patch.object, shared)) notCovered('a patch of a label that is set in several places');
  const metadata = metadataOf(patch.object);
  if ('$patch' in metadata || hasDirective(metadata.annotations) || metadata.annotations === null) {
    notCovered('a patch that replaces or deletes annotations as a whole');
  }
}

/** Kinds with lists that are merged by numbers, and with other ones deeper down. */
const MAY_HAVE_NUMBERED_LISTS = new Set([
  'Pod',
  'PodTemplate',
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'Service',
]);

function mentions(value: unknown, keys: ReadonlySet<string>): boolean {
  if (isList(value)) return value.some((item) => mentions(item, keys));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, item]) => keys.has(key) || mentions(item, keys));
}

function hasDirective(value: unknown): boolean {
  return isObject(value) && '$patch' in value;
}

/** Text of more than one line, whose style in YAML would matter. */
function hasLines(value: unknown): boolean {
  if (typeof value === 'string') return /\n./s.test(value);
  if (isList(value)) return value.some(hasLines);
  return isObject(value) && Object.values(value).some(hasLines);
}

function mergedTraits({ traits }: Resource, patch: SourceObject): Resource['traits'] {
  return {
    bareNulls: traits.bareNulls.filter(isInList),
    rewrittenNulls: traits.rewrittenNulls,
    oddNumber: traits.oddNumber || patch.traits.oddNumber,
    folded: traits.folded || patch.traits.folded,
  };
}
