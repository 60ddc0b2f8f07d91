import { identityOf, isList, isObject, type Json, type JsonObject, pointerPath } from '../../manifest/index.ts';
import { applyJsonPatch } from '../kustomize/json-patch.ts';
import { NotCovered } from '../kustomize/not-covered.ts';
import { matchesGvk, parseSelector, type Selector } from '../kustomize/selector.ts';
import { FIELD_MANAGER } from './clean-up.ts';
import { isAppliedByAnother } from './field-ownership.ts';
import { metadataMap } from './switches.ts';

/** The JSON pointers (RFC 6901) of an object's fields of which what git says counts only when it is made. */
export type DriftIgnore = (object: JsonObject) => readonly string[];

const NONE: readonly string[] = [];
const WHOLE: JsonObject = {};

/**
 * `spec.ignore` of a Kustomization (ssa: jsondiff.CompileIgnoreRules).
 *
 * @throws Error where a target is none
 */
export function parseDriftIgnore(ignore: Json | undefined): DriftIgnore {
  const rules = (isList(ignore) ? ignore.filter(isObject) : []).map(({ paths, target }) => ({
    paths: isList(paths) ? paths.filter((path) => typeof path === 'string') : [],
    selector: selectorOf(isObject(target) ? target : WHOLE),
  }));
  if (rules.length === 0) return () => NONE;
  return (object) => rules.filter(({ selector }) => matches(selector, object)).flatMap(({ paths }) => paths);
}

/** An object without the fields, for comparing (ssa: removeIgnoredFields). */
export function withoutFields(object: JsonObject, pointers: readonly string[]): JsonObject {
  return pointers.reduce((rest, pointer) => edited(rest, 'remove', pointer), object);
}

/**
 * What is applied of an object whose other fields have changed, so that the fields stay as they are in the cluster: one
 * that somebody else applies is left to them, any other is applied with the value that it has (ssa: computeDriftedPaths,
 * applyDriftResult).
 *
 * @param live with its managedFields
 * @param dryRun what applying the whole would make of it
 */
export function keepingFields(
  desired: JsonObject,
  live: JsonObject,
  dryRun: JsonObject,
  pointers: readonly string[],
): JsonObject {
  return pointers.reduce((payload, pointer) => {
    const path = pointerPath(pointer);
    const value = lookUp(live, path);
    if (isSame(value, lookUp(dryRun, path))) return payload;
    // What is not there stays so.
    const isLeft = value === undefined || isAppliedByAnother(live, path, FIELD_MANAGER);
    return isLeft ? edited(payload, 'remove', pointer) : edited(payload, 'add', pointer, value);
  }, desired);
}

function selectorOf(target: JsonObject): Selector {
  try {
    return parseSelector(target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to create ignore rule selector: ${why}`, { cause: error });
  }
}

function matches(selector: Selector, object: JsonObject): boolean {
  const { namespace, name, ...gvk } = identityOf(object);
  const holds = (requirements: Selector['labels'], map: 'labels' | 'annotations'): boolean => {
    const texts = new Map(
      Object.entries(metadataMap(object, map)).map(([key, value]) => [key, typeof value === 'string' ? value : '']),
    );
    return requirements.every((requirement) => requirement(texts));
  };
  return (
    matchesGvk(selector, gvk) &&
    selector.namespace(namespace) &&
    selector.name(name) &&
    holds(selector.labels, 'labels') &&
    holds(selector.annotations, 'annotations')
  );
}

/** Where there is no such place, nothing changes. An item of a list is put in the place of the one that is there. */
function edited(object: JsonObject, op: 'add' | 'remove', pointer: string, value?: Json): JsonObject {
  const path = pointerPath(pointer);
  const how = op === 'add' && lookUp(object, path) !== undefined ? 'replace' : op;
  try {
    return applyJsonPatch(object, [{ op: how, path, from: undefined, value }]);
  } catch (error) {
    if (!(error instanceof NotCovered)) throw error;
    return object;
  }
}

function lookUp(object: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (isObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
    return isList(value) && /^\d+$/.test(step) ? value[Number(step)] : undefined;
  }, object);
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}
