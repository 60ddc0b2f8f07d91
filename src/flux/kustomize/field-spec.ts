import { isList, isObject, type Json, type JsonList, type JsonObject } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { notCovered } from './not-covered.ts';
import { type Gvk, idOf, isSelected } from './resource-id.ts';

/** A field of the objects of some kinds, which a transformer sets (kustomize: types.FieldSpec). */
export interface FieldSpec extends Gvk {
  /** With `/` between names; a list on the way stands for each of its items. */
  readonly path: string;
  /** Make the field, and the maps on the way to it, where they are missing. */
  readonly create: boolean;
}

/** What stands at the end of a path, before and after; undefined for a field that is just being made. */
export type SetField = (value: Json | undefined) => Json;

/**
 * An object with the field of a spec set, wherever the path leads (filters/fieldspec). Nothing happens where the object
 * is of another kind, or the field is missing and not to be made.
 */
export function setField(object: JsonObject, spec: FieldSpec, set: SetField, makeText = false): JsonObject {
  if (!isSelected(idOf(object), spec)) return object;
  const result = visit(object, splitPath(spec.path), spec.create, set, makeText);
  return isObject(result) ? result : notCovered('a field spec without a path');
}

/** kyaml utils.PathSplitter: `\/` is a slash within a name. */
function splitPath(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.length > 1 && parts[0] === '') parts.shift();
  const result = [parts[0] ?? ''];
  for (const part of parts.slice(1)) {
    const last = result.at(-1) ?? '';
    if (last.endsWith('\\')) result[result.length - 1] = `${last.slice(0, -1)}/${part}`;
    else result.push(part);
  }
  return result;
}

function visit(value: Json, path: readonly string[], create: boolean, set: SetField, makeText: boolean): Json {
  const [step, ...rest] = path;
  if (step === undefined) return set(value);
  if (value === null) return value;
  if (isList(value)) return mapList(value, (item) => visit(item, path, create, set, makeText));
  if (!isObject(value)) return notCovered(`a field on the way to ${path.join('/')} that is neither map nor list`);
  const isSequence = step.endsWith('[]');
  const name = isSequence ? step.slice(0, -2) : step;
  // Such steps are looked up in lists (kyaml: PathGetter).
  if (name === '' || /^(?:[-+]?\d+|-|\*|\[.*\])$/.test(name) || name !== name.trim()) {
    return notCovered(`the step ${JSON.stringify(step)} of a path`);
  }
  const found = member(value, name);
  const mayCreate = create && !isSequence;
  if (found === undefined || found === null) {
    if (found === null && isSequence) return notCovered('a null where a list belongs');
    if (!mayCreate) return found === null && rest.length === 0 ? withMember(value, name, set(null)) : value;
    const made = rest.length === 0 && makeText ? set(undefined) : visit({}, rest, create, set, makeText);
    return withMember(value, name, made);
  }
  return withMember(value, name, visit(found, rest, create, set, makeText));
}

function mapList(list: JsonList, map: (item: Json) => Json): JsonList {
  const result = list.map(map);
  return result.every((item, i) => item === list[i]) ? list : result;
}

/** types.FsSlice.MergeAll: what is there already is left out, and what contradicts it is an error. */
export function mergeFieldSpecs(existing: readonly FieldSpec[], incoming: readonly FieldSpec[]): readonly FieldSpec[] {
  if (incoming.length === 0 || existing === incoming) return existing;
  const result = [...existing];
  for (const spec of incoming) {
    const same = result.find((other) => other.path === spec.path && isSelected(other, spec));
    if (same === undefined) result.push(spec);
    else if (same.create !== spec.create) notCovered('field specs that contradict each other');
  }
  return result;
}
