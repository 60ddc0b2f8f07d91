import { isList, isObject, type Json, type JsonObject, jsonPointer } from '../../manifest/index.ts';
import { withoutManaged } from './field-set.ts';
import { isMerged, metadataMap } from './switches.ts';

/** The manager under which objects are applied. */
export const FIELD_MANAGER = 'kustomize-controller';

/** KC: apply, Cleanup.Annotations: left by `kubectl apply` and by Flux's earlier versions. */
const ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
];
/** KC: apply, Cleanup.Labels. */
const LABELS = ['fluxcd.io/sync-gc-mark'];

interface TakenOver {
  readonly prefix: string;
  readonly operation: 'Apply' | 'Update';
}

/** KC: apply, Cleanup.FieldManagers: by the beginning of their names. */
const MANAGERS: readonly TakenOver[] = [
  { prefix: 'kubectl', operation: 'Apply' },
  { prefix: 'kubectl', operation: 'Update' },
  { prefix: 'before-first-apply', operation: 'Update' },
  { prefix: FIELD_MANAGER, operation: 'Update' },
];

/**
 * The JSON patch (RFC 6902) that takes what people wrote with kubectl over as ours: only then does it go where git lacks
 * it. Empty where there is nothing to take over, or the object says that others' fields stay (ssa: cleanupMetadata,
 * PatchReplaceFieldsManagers).
 *
 * @param live with its managedFields
 * @param overridden other managers that are treated as kubectl is (KC: DisallowedFieldManagers)
 */
export function metadataCleanUp(
  desired: JsonObject,
  live: JsonObject,
  overridden: readonly string[] = [],
): readonly JsonObject[] {
  if (isMerged(desired, live)) return [];
  return [
    ...removals(live, 'annotations', ANNOTATIONS),
    ...removals(live, 'labels', LABELS),
    ...takenOver(managedFieldsOf(live), managersOf(overridden)),
  ];
}

/**
 * What the object comes to by that patch and the apply that follows it; undefined where there is nothing to take over.
 *
 * @param live after an apply, with its managedFields
 */
export function afterCleanUp(
  desired: JsonObject,
  live: JsonObject,
  overridden: readonly string[] = [],
): JsonObject | undefined {
  if (metadataCleanUp(desired, live, overridden).length === 0) return undefined;
  const managers = managersOf(overridden);
  const isForeign = (entry: JsonObject): boolean => isTakenOver(entry, managers);
  const entries = managedFieldsOf(live);
  const fieldsOf = (some: readonly JsonObject[]) => some.map(({ fieldsV1 }) => fieldsV1).filter(isObject);
  const kept = fieldsOf(entries.filter((entry) => !isForeign(entry)));
  const cleaned = fieldsOf(entries.filter(isForeign)).reduce<Json | undefined>(
    (object, fields) => withoutManaged(object, fields, kept),
    live,
  );
  if (!isObject(cleaned) || !isObject(cleaned.metadata)) return live;
  const without = (map: 'annotations' | 'labels', keys: readonly string[]): JsonObject =>
    Object.fromEntries(Object.entries(metadataMap(cleaned, map)).filter(([key]) => !keys.includes(key)));
  const metadata = {
    ...cleaned.metadata,
    annotations: without('annotations', ANNOTATIONS),
    labels: without('labels', LABELS),
  };
  return { ...cleaned, metadata };
}

/**
 * The JSON patch that makes the version of all that is written down of an object's fields another one; empty where it is
 * that one (ssa: PatchMigrateToVersion).
 *
 * @param live with its managedFields
 */
export function versionMigration(live: JsonObject, apiVersion: string): readonly JsonObject[] {
  const entries = managedFieldsOf(live);
  if (entries.every((entry) => entry.apiVersion === apiVersion)) return [];
  const value = entries.map((entry) => ({ ...entry, apiVersion }));
  return [{ op: 'replace', path: '/metadata/managedFields', value }];
}

function managersOf(overridden: readonly string[]): readonly TakenOver[] {
  return [...MANAGERS, ...overridden.flatMap(inBothWays)];
}

function removals(live: JsonObject, map: 'annotations' | 'labels', keys: readonly string[]): readonly JsonObject[] {
  const present = metadataMap(live, map);
  return keys
    .filter((key) => present[key] !== undefined)
    .map((key) => ({ op: 'remove', path: jsonPointer(['metadata', map, key]) }));
}

function managedFieldsOf(live: JsonObject): readonly JsonObject[] {
  const metadata = isObject(live.metadata) ? live.metadata : {};
  return isList(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
}

function inBothWays(prefix: string): readonly TakenOver[] {
  return [
    { prefix, operation: 'Apply' },
    { prefix, operation: 'Update' },
  ];
}

function takenOver(entries: readonly JsonObject[], managers: readonly TakenOver[]): readonly JsonObject[] {
  const foreign = entries.filter((entry) => isTakenOver(entry, managers));
  const [first] = foreign;
  if (first === undefined) return [];
  const own = entries.find(
    (entry) => isOfObject(entry) && entry.manager === FIELD_MANAGER && entry.operation === 'Apply',
  );
  const kept = entries.filter((entry) => entry !== own && !foreign.includes(entry));
  const merged = [...(own === undefined ? [] : [own]), ...foreign]
    .map(({ fieldsV1 }) => fieldsV1)
    .reduce<Json | undefined>(unionOfFields, undefined);
  const entry = { ...(own ?? first), manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: merged };
  return [{ op: 'replace', path: '/metadata/managedFields', value: [...kept, entry] }];
}

function isTakenOver(entry: JsonObject, managers: readonly TakenOver[]): boolean {
  const { manager, operation } = entry;
  if (!isOfObject(entry) || typeof manager !== 'string') return false;
  return managers.some((one) => one.operation === operation && manager.startsWith(one.prefix));
}

/** Not of its status or another subresource. */
function isOfObject({ subresource }: JsonObject): boolean {
  return subresource === undefined || subresource === '';
}

/**
 * Both sets of fields (structured-merge-diff: fieldpath.Set.Union in its JSON form): `{}` is the field itself, a map with
 * members is what is below it, and `.` among them is the field itself once more.
 */
function unionOfFields(a: Json | undefined, b: Json | undefined): Json | undefined {
  if (!isObject(a)) return b;
  if (!isObject(b)) return a;
  const union: Record<string, Json | undefined> = { ...a };
  for (const [key, below] of Object.entries(b)) {
    const known = a[key];
    union[key] = isObject(known) && isObject(below) ? unionOfField(known, below) : (known ?? below);
  }
  return union;
}

function unionOfField(a: JsonObject, b: JsonObject): Json | undefined {
  const isLeaf = (field: JsonObject): boolean => Object.keys(field).length === 0;
  if (isLeaf(a) && isLeaf(b)) return {};
  const union = unionOfFields(a, b);
  return (isLeaf(a) || isLeaf(b)) && isObject(union) ? { '.': {}, ...union } : union;
}
