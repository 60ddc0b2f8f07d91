import { isList, isObject, type Json, type JsonList, type JsonObject } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { mergeLists } from './merge-lists.ts';
import { type MergedList, type Schema, schemaOf, schemaOfType } from './merge-keys.ts';
import { notCovered } from './not-covered.ts';

/**
 * An object with a strategic merge patch applied, or undefined where the patch deletes it (kyaml: merge2.Merge, with
 * the items of a patch put before those that are there). A null in the patch deletes a field; so does a null that both
 * have. `$patch: delete` and `$patch: replace` are obeyed.
 */
export function strategicMerge(object: JsonObject, patch: JsonObject): JsonObject | undefined {
  const result = merge(object, patch, undefined);
  return result === undefined || isObject(result) ? result : notCovered('a patch that is no object');
}

/** Undefined stands for nothing there, on either side and in the result. */
export function merge(
  target: Json | undefined,
  patch: Json | undefined,
  schema: Schema | MergedList | undefined,
): Json | undefined {
  const first = target ?? patch;
  // A null that only the target has is kept (kustomize#4628).
  if (first === undefined || first === null) return target === null && patch === undefined ? null : undefined;
  if (isObject(first)) {
    if (!isMissingOr(target, isObject) || !isMissingOr(patch, isObject)) return notCovered('a patch of another type');
    return mergeMaps(target, patch, isMergedList(schema) ? undefined : schema);
  }
  if (isList(first)) {
    if (!isMissingOr(target, isList) || !isMissingOr(patch, isList)) return notCovered('a patch of another type');
    return isMergedList(schema) ? mergeLists(target, patch, schema) : replaced(target, patch);
  }
  if (isNested(target) || isNested(patch)) return notCovered('a patch of another type');
  return replaced(target, patch);
}

function isMissingOr<T extends Json>(
  value: Json | undefined,
  test: (value: unknown) => value is T,
): value is T | null | undefined {
  return value === undefined || value === null || test(value);
}

function isNested(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function isMergedList(schema: Schema | MergedList | undefined): schema is MergedList {
  return schema !== undefined && isList(schema.keys);
}

function replaced(target: Json | undefined, patch: Json | undefined): Json | undefined {
  return patch === undefined ? target : (patch ?? undefined);
}

/** merge2.VisitMap and walk.walkMap. */
function mergeMaps(
  target: JsonObject | null | undefined,
  patch: JsonObject | null | undefined,
  known: Schema | undefined,
): Json | undefined {
  if (patch === null) return undefined;
  const directive = directiveOf(patch);
  if (directive === 'delete') return undefined;
  const changes = patch === undefined ? undefined : withMember(patch, '$patch', undefined);
  // What is added is merged with itself, which takes nulls and directives out of it.
  const isSame = target === undefined || target === null || target === patch || directive === 'replace';
  const base = isSame ? changes : target;
  if (base === undefined) return notCovered('a patch without a target');
  const schema = known ?? schemaOf(target?.apiVersion, target?.kind) ?? schemaOf(patch?.apiVersion, patch?.kind);
  let result = base;
  for (const key of new Set([...Object.keys(base), ...Object.keys(changes ?? {})])) {
    const value = merge(member(base, key), changes && member(changes, key), fieldSchema(schema, key));
    if (value !== member(result, key) || value === undefined) result = withMember(result, key, value);
  }
  return result;
}

function fieldSchema(schema: Schema | undefined, key: string): Schema | MergedList | undefined {
  const field = schema !== undefined && Object.hasOwn(schema, key) ? schema[key] : undefined;
  return typeof field === 'string' ? schemaOfType(field) : field;
}

export type Directive = 'merge' | 'replace' | 'delete';

export function directiveOf(patch: JsonObject | undefined): Directive {
  const directive = patch === undefined ? undefined : member(patch, '$patch');
  if (directive === undefined) return 'merge';
  if (directive === 'merge' || directive === 'replace' || directive === 'delete') return directive;
  return notCovered('an unknown $patch directive');
}

export type MaybeList = JsonList | null | undefined;
