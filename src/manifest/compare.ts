import { isList, isObject, type Json, jsonPointer } from './json.ts';

/** One field that differs; undefined where it is absent on that side. */
export interface Difference {
  /** JSON pointer to it. */
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface CompareOptions {
  /**
   * Compares items of lists by their names, and plain ones by what they are, where their order is kept: what comes before
   * an item does not make it another. The pointer of an item that is gone is that in `before`. Default: by position.
   */
  readonly matchItems?: boolean;
}

/**
 * The fields in which two values differ, in the order of `before`, then what is new in `after`.
 * What was added or removed as a whole is one difference.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  { matchItems = false }: CompareOptions = {},
): readonly Difference[] {
  const found: Difference[] = [];
  collect(before, after, [], { found, matchItems });
  return found;
}

interface Collected {
  readonly found: Difference[];
  readonly matchItems: boolean;
}

function collect(
  before: Json | undefined,
  after: Json | undefined,
  path: (string | number)[],
  collected: Collected,
): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      step(own(before, key), own(after, key), key, path, collected);
    }
  } else if (isList(before) && isList(after)) {
    const pairs = collected.matchItems ? matchedItems(before, after) : undefined;
    if (pairs !== undefined) {
      for (const [left, right] of pairs) {
        const [old, now] = [
          left === undefined ? undefined : before[left],
          right === undefined ? undefined : after[right],
        ];
        step(old, now, right ?? left ?? 0, path, collected);
      }
      return;
    }
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      step(before[index], after[index], index, path, collected);
    }
  } else {
    collected.found.push({ pointer: jsonPointer(path), before, after });
  }
}

/**
 * The positions of items that are the same in both lists, then those of items that one of them alone has; undefined where
 * items have no names of their own, where lists of plain items are as long as each other, or where their order changed.
 */
function matchedItems(
  before: readonly Json[],
  after: readonly Json[],
): readonly (readonly [left: number | undefined, right: number | undefined])[] | undefined {
  const [old, now] = [namesOf(before), namesOf(after)];
  if (old === undefined || now === undefined || (before.length === after.length && !before.some(isObject)))
    return undefined;
  const shared = [...old.keys()].filter((name) => now.has(name));
  const order = shared.map((name) => now.get(name) ?? 0);
  if (order.some((position, at) => position < (order[at - 1] ?? 0))) return undefined;
  return [
    ...Array.from(old, ([name, left]) => [left, now.get(name)] as const),
    ...[...now].filter(([name]) => !old.has(name)).map(([, right]) => [undefined, right] as const),
  ];
}

/** Each item's position by its name, or by itself where it is text. */
function namesOf(list: readonly Json[]): ReadonlyMap<string, number> | undefined {
  const names = list.map((item) => (isObject(item) ? item.name : item));
  const found = new Map(names.flatMap((name, at) => (typeof name === 'string' ? [[name, at] as const] : [])));
  return found.size === list.length ? found : undefined;
}

function step(
  before: Json | undefined,
  after: Json | undefined,
  key: string | number,
  path: (string | number)[],
  collected: Collected,
): void {
  path.push(key);
  collect(before, after, path, collected);
  path.pop();
}

/** Not what Object.prototype has under that name: `constructor` is a fine key of a ConfigMap. */
function own(object: Readonly<Record<string, Json | undefined>>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
