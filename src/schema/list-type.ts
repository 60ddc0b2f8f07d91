import { isObject, type Json, type JsonList } from '../manifest/index.ts';
import { jsonKey } from './json-key.ts';
import type { Finding, ProblemCode } from './problem.ts';
import type { SchemaNode } from './schema-node.ts';

export interface ItemProblem extends Finding {
  readonly code: ProblemCode;
}

/**
 * Items that another one before has the key of. The API server refuses them in custom kinds (apiextensions-apiserver:
 * ValidateListSetsAndMaps) and, for every kind, when they are applied from the server's side (structured-merge-diff),
 * as Flux does; there an item must also have each key, or its default.
 */
export function duplicateItems(node: SchemaNode, list: JsonList): readonly ItemProblem[] {
  const { listType, listKeys, items } = node;
  if (list.length === 1 && isAlone(node, list[0] ?? null)) return [];
  const problems: ItemProblem[] = [];
  list.forEach((item, index) => {
    if (item !== null || items?.isGo !== true) return;
    problems.push({ code: 'schema/wrong-type', says: 'is empty', remedy: 'Take it out.', below: [index] });
  });
  if (listType === 'set') {
    for (const { index, first } of repeated(list.map(jsonKey))) {
      problems.push({
        code: 'schema/duplicate-item',
        says: `is the same as item ${first}, and the list is a set`,
        remedy: 'Take one of the two out.',
        below: [index],
      });
    }
    return problems;
  }
  const keys = list.map((item, index) => {
    if (!isObject(item)) return undefined;
    const values = listKeys.map((name) => keyOf(item[name], items?.field(name)));
    if (!values.includes(undefined)) return keyText(values.map((value) => value ?? null));
    for (const name of items?.isGo === true ? listKeys : []) {
      if (keyOf(item[name], items?.field(name)) !== undefined || items?.required.includes(name) === true) continue;
      problems.push({
        code: 'schema/missing-field',
        says: 'is missing: it tells the items of the list apart',
        remedy: `Add ${name}.`,
        below: [index, name],
      });
    }
    return undefined;
  });
  for (const { index, first } of repeated(keys)) {
    problems.push({
      code: 'schema/duplicate-item',
      says: `has the same ${listKeys.join(' and ')} as item ${first}`,
      remedy: `Give it ${listKeys.length === 1 ? `a ${listKeys.join()} of its own` : 'others'}, or take one of the two out.`,
      below: [index],
    });
  }
  return problems;
}

/** Most lists: one item, with all its keys. */
function isAlone({ listType, listKeys, items }: SchemaNode, item: Json): boolean {
  if (listType === 'set') return item !== null;
  return isObject(item) && listKeys.every((name) => keyOf(item[name], items?.field(name)) !== undefined);
}

function keyText(values: JsonList): string {
  const [first] = values;
  return values.length === 1 && typeof first === 'string' ? `"${first}` : jsonKey(values);
}

function keyOf(value: Json | undefined, field: SchemaNode | undefined): Json | undefined {
  return value ?? field?.default;
}

function repeated(
  keys: readonly (string | undefined)[],
): readonly { readonly index: number; readonly first: number }[] {
  const seen = new Map<string, number>();
  return keys.flatMap((key, index) => {
    if (key === undefined) return [];
    const first = seen.get(key);
    if (first !== undefined) return { index, first };
    seen.set(key, index);
    return [];
  });
}
