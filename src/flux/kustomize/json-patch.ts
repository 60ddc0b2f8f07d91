import { isList, isObject, type Json, type JsonObject, pointerPath } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { notCovered } from './not-covered.ts';

export interface PatchOperation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[] | undefined;
  readonly value: Json | undefined;
}

/** The operations of a JSON patch (RFC 6902), read from YAML or JSON. */
export function parseJsonPatch(patch: Json): readonly PatchOperation[] {
  if (!isList(patch)) return notCovered('a JSON patch that is no list');
  return patch.map((operation) => {
    if (!isObject(operation)) return notCovered('an operation of a JSON patch that is no map');
    const { op, path, from, value } = operation;
    if (typeof op !== 'string' || typeof path !== 'string' || !path.startsWith('/')) {
      return notCovered('an operation of a JSON patch without op or path');
    }
    return { op, path: pointerPath(path), from: typeof from === 'string' ? pointerPath(from) : undefined, value };
  });
}

/**
 * An object with a JSON patch applied, as evanphx/json-patch v4 does it for kustomize: positions may count from the end
 * of a list (-1 is the last item).
 *
 * @throws NotCovered where an operation fails, which the real program is to say.
 */
export function applyJsonPatch(object: JsonObject, patch: readonly PatchOperation[]): JsonObject {
  const result = patch.reduce<Json>(applyOperation, object);
  return isObject(result) ? result : notCovered('a JSON patch that leaves no object');
}

function applyOperation(document: Json, { op, path, from, value }: PatchOperation): Json {
  switch (op) {
    case 'add':
      return edit(document, path, 'add', value ?? null);
    case 'remove':
      return edit(document, path, 'remove', null);
    case 'replace':
      return edit(document, path, 'replace', value ?? null);
    case 'move':
      if (from === undefined) return notCovered('a move without a from');
      return edit(edit(document, from, 'remove', null), path, 'add', valueAt(document, from));
    case 'copy':
      if (from === undefined) return notCovered('a copy without a from');
      return edit(document, path, 'add', valueAt(document, from));
    case 'test':
      return isEqual(valueAt(document, path), value ?? null) ? document : notCovered('a test that fails');
    default:
      return notCovered(`the operation ${op}`);
  }
}

function valueAt(document: Json, path: readonly string[]): Json {
  let value: Json = document;
  for (const step of path) {
    const next: Json | undefined = isObject(value)
      ? member(value, step)
      : isList(value)
        ? value[position(step, value.length)]
        : undefined;
    if (next === undefined) return notCovered('a path that is not there');
    value = next;
  }
  return value;
}

function edit(value: Json, path: readonly string[], how: 'add' | 'remove' | 'replace', change: Json): Json {
  const [step = '', ...rest] = path;
  if (isObject(value)) {
    const found = member(value, step);
    if (rest.length > 0) {
      if (found === undefined || found === null) return notCovered('a path that is not there');
      return withMember(value, step, edit(found, rest, how, change));
    }
    if (how !== 'add' && found === undefined) return notCovered('a path that is not there');
    return withMember(value, step, how === 'remove' ? undefined : change);
  }
  if (!isList(value)) return notCovered('a path through a plain value');
  if (rest.length > 0) {
    const index = position(step, value.length);
    return value.with(index, edit(value[index] ?? null, rest, how, change));
  }
  if (how === 'replace') return value.with(position(step, value.length), change);
  if (how === 'remove') return value.toSpliced(position(step, value.length), 1);
  if (step === '-') return [...value, change];
  return value.toSpliced(position(step, value.length + 1), 0, change);
}

/** A position in a list of that length; from the end where it is negative. */
function position(step: string, length: number): number {
  if (!/^(?:-?[1-9][0-9]{0,8}|0)$/.test(step)) return notCovered('a position in a list that is no number');
  const index = Number(step) < 0 ? length + Number(step) : Number(step);
  return index >= 0 && index < length ? index : notCovered('a position that is not in the list');
}

function isEqual(a: Json, b: Json): boolean {
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i] ?? null));
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isEqual(a[key] ?? null, member(b, key) ?? null));
}
