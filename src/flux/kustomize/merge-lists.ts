import { isList, isObject, type Json, type JsonList, type JsonObject } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { type MergedList, type Schema, schemaOfType } from './merge-keys.ts';
import { notCovered } from './not-covered.ts';
import { directiveOf, type MaybeList, merge } from './strategic-merge.ts';

/**
 * Two lists merged item by item (kyaml: merge2.VisitList, walk.walkAssociativeSequence). New items come first. What
 * happens to items without the keys that tell them apart is as kustomize has it, though nobody can have meant it.
 */
export function mergeLists(target: MaybeList, patch: MaybeList, { keys, of }: MergedList): JsonList | undefined {
  if (target !== undefined && target !== null && patch === null) return undefined;
  const isAddition = target === undefined || target === null;
  const directive = isAddition ? undefined : listDirective(patch ?? undefined);
  if (directive === 'delete') return undefined;
  const changes = directive === undefined ? patch : setItem(patch ?? [], undefined, ['$patch'], [directive]);
  const isSame = isAddition || target === patch || directive === 'replace';
  const lists = new Lists((isSame ? changes : target) ?? [], changes ?? undefined, isSame);
  const schema = schemaOfType(of);
  if (keys.length > 0) return lists.merge(lists.keyValues(keys), keys, schema);
  return lists.merge(lists.plainValues(), [''], schema);
}

/** smpdirective.go: determineSequenceNodePatchStrategy. Undefined where no item is a directive. */
function listDirective(patch: JsonList | undefined): 'merge' | 'replace' | 'delete' | undefined {
  const item = patch?.find((candidate): candidate is JsonObject => isObject(candidate) && '$patch' in candidate);
  return item === undefined || Object.keys(item).length > 1 ? undefined : directiveOf(item);
}

class Lists {
  /** The list that is merged into, whose items are changed on the way. */
  #base: JsonList;
  readonly #changes: JsonList | undefined;
  /** Base and changes are one and the same list. */
  readonly #isSame: boolean;

  constructor(base: JsonList, changes: JsonList | undefined, isSame: boolean) {
    this.#base = base;
    this.#changes = changes;
    this.#isSame = isSame;
  }

  get #patch(): JsonList | undefined {
    return this.#isSame ? this.#base : this.#changes;
  }

  /** What tells each item apart, those of the patch first (walk.elementValues). */
  keyValues(keys: readonly string[]): readonly (readonly string[])[] {
    return unique([...(this.#patch ?? []), ...this.#base].map((item) => keys.map((key) => keyValue(item, key))));
  }

  plainValues(): readonly (readonly string[])[] {
    return unique([...(this.#patch ?? []), ...this.#base].map((item) => [scalarText(item)]));
  }

  /** walk.setAssociativeSequenceElements. */
  merge(values: readonly (readonly string[])[], keys: readonly string[], schema: Schema | undefined): JsonList {
    const all = keys.length > 1 ? completeValues(values) : values;
    let items: JsonList = [];
    let usedKeys: readonly string[] = [];
    for (const own of all) {
      const used = usableKeys(all, own, keys);
      usedKeys = used.keys;
      const merged = this.#mergeItem(used, schema);
      if (merged === undefined) this.#base = setItem(this.#base, undefined, used.keys, used.values);
      else items = setItem(items, merged, used.keys, used.values);
    }
    return all.length === 0 ? this.#base : appendItems(items, this.#base, usedKeys);
  }

  /** The item of both lists that has these values, merged; undefined where nothing of it is left. */
  #mergeItem({ keys, values }: Keys, schema: Schema | undefined): Json | undefined {
    const used = usableKeys([values], values, keys);
    const targetIndex = findItem(this.#base, used);
    const target = targetIndex === -1 ? undefined : this.#base[targetIndex];
    const patch = this.#patch?.[findItem(this.#patch, used)];
    const merged = merge(target, patch, schema);
    if (merged === undefined || merged === null || isEmptyMap(merged)) return undefined;
    const complete = withKeys(merged, keys, values);
    // An item that is replaced is a new one, and the one in the list stays what it was.
    const isReplaced = isObject(patch) && !this.#isSame && directiveOf(patch) === 'replace';
    if (isObject(target) && !isReplaced) this.#base = this.#base.with(targetIndex, complete);
    return complete;
  }
}

interface Keys {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

function withKeys(item: Json, keys: readonly string[], values: readonly string[]): Json {
  if (!isObject(item)) return item;
  return keys.reduce<JsonObject>((result, key, i) => {
    const value = values[i] ?? '';
    if (value === '' || member(result, key) !== undefined) return result;
    return withMember(result, key, plainScalar(value));
  }, item);
}

/** A value that is taken over from another item, as YAML reads it. */
function plainScalar(text: string): Json {
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  return /^[A-Z][A-Za-z]{1,20}$/.test(text) && !/^(?:true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : notCovered('a merge key that is taken over');
}

/** walk.validateKeys: keys that no item has are left out, unless there would be none. */
function usableKeys(all: readonly (readonly string[])[], own: readonly string[], keys: readonly string[]): Keys {
  const isUsed = keys.map((_, i) => all.some((values) => (values[i] ?? '') !== ''));
  if (!isUsed.includes(true)) return { keys, values: own };
  return { keys: keys.filter((_, i) => isUsed[i]), values: own.filter((value, i) => value !== '' || isUsed[i]) };
}

/** walk.mergeValues: values that differ only in that one lacks a key are those of one item. */
function completeValues(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const result = [...values];
  for (let i = 0; i < result.length; i++) {
    for (let j = 0; j < result.length; j++) {
      const complete = unite(result[i] ?? [], result[j] ?? []);
      if (complete !== undefined) result[i] = result[j] = complete;
    }
  }
  return result;
}

function unite(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  const isCompatible = a.every((value, i) => value === b[i] || value === '' || b[i] === '');
  const shares = a.some((value, i) => value === b[i]);
  return isCompatible && shares ? a.map((value, i) => (value === '' ? (b[i] ?? '') : value)) : undefined;
}

/** walk.appendListNode: the items of a list set into another one, by their keys. */
function appendItems(list: JsonList, items: JsonList, keys: readonly string[]): JsonList {
  let result = list;
  for (const item of items) {
    if (keys[0] === '') {
      result = setItem(result, item, [''], [scalarText(item)]);
      continue;
    }
    if (keys.length === 0) return notCovered('list items without merge keys');
    const values: string[] = [];
    for (const key of keys) {
      if (item !== null && !isObject(item)) return notCovered('a plain value in a list of maps');
      const value = item === null ? undefined : member(item, key);
      if (value === undefined) result = [...result, item];
      else values.push(scalarText(value));
    }
    if (keys.length > 1) result = setItem(result, undefined, keys, values);
    result = setItem(result, item, keys, values);
  }
  return result;
}

/** kyaml: ElementSetter. Replaces, appends, or, where the new item is undefined, removes an item. */
function setItem(list: JsonList, item: Json | undefined, keys: readonly string[], values: readonly string[]): JsonList {
  const isForMaps = (keys[0] ?? '') !== '' && (values[0] ?? '') !== '';
  const result: Json[] = [];
  let isFound = false;
  for (const candidate of list) {
    if (candidate === null || isEmptyMap(candidate)) continue;
    if (!isObject(candidate) && isForMaps) result.push(candidate);
    else if (hasKeys(candidate, keys, values)) {
      isFound = true;
      if (item !== undefined) result.push(item);
    } else if (values.length > 0) result.push(candidate);
  }
  if (!isFound && item !== undefined && item !== null) result.push(item);
  return result;
}

function hasKeys(item: Json, keys: readonly string[], values: readonly string[]): boolean {
  let isThere = false;
  for (const [i, key] of keys.entries()) {
    const value = values[i];
    if (value !== undefined) {
      if (key === '') {
        if (isObject(item) || isList(item)) return notCovered('a map in a list of plain values');
        isThere = scalarText(item) === value;
      } else {
        if (!isObject(item)) return notCovered('a plain value in a list of maps');
        const found = member(item, key);
        isThere = found !== undefined && (value === '' || scalarText(found) === value);
      }
    }
    if (!isThere) return false;
  }
  return true;
}

/** kyaml: ElementMatcher. The first item that has all of the values. */
function findItem(list: JsonList, { keys, values }: Keys): number {
  if ((keys[0] ?? '') === '') return list.findIndex((item) => scalarText(item) === (values[0] ?? ''));
  return list.findIndex(
    (item) =>
      isObject(item) &&
      keys.every((key, i) => {
        const found = member(item, key);
        return found !== undefined && scalarText(found) === (values[i] ?? '');
      }),
  );
}

function keyValue(item: Json, key: string): string {
  const value = isObject(item) ? member(item, key) : undefined;
  return value === undefined || value === null ? '' : scalarText(value);
}

/** The text of a scalar as it is written; maps and lists have none. */
function scalarText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return value === null ? 'null' : '';
  return String(value);
}

function isEmptyMap(value: Json): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function unique(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const seen = new Set<string>();
  return values.filter((own) => {
    const key = JSON.stringify(own);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
