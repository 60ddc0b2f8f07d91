import { isList, isObject, type Json, jsonPointer } from './json.ts';

/** One field that differs; undefined where it is absent on that side. */
export interface Difference {
  /** JSON pointer to it. */
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/**
 * The fields in which two values differ, in the order of `before`, then what is new in `after`.
 * What was added or removed as a whole is one difference; lists are compared position by position.
 */
export function differences(before: Json | undefined, after: Json | undefined): readonly Difference[] {
  const found: Difference[] = [];
  collect(before, after, [], found);
  return found;
}

function collect(
  before: Json | undefined,
  after: Json | undefined,
  path: (string | number)[],
  found: Difference[],
): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      step(own(before, key), own(after, key), key, path, found);
    }
  } else if (isList(before) && isList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      step(before[index], after[index], index, path, found);
    }
  } else {
    found.push({ pointer: jsonPointer(path), before, after });
  }
}

function step(
  before: Json | undefined,
  after: Json | undefined,
  key: string | number,
  path: (string | number)[],
  found: Difference[],
): void {
  path.push(key);
  collect(before, after, path, found);
  path.pop();
}

/** Not what Object.prototype has under that name: `constructor` is a fine key of a ConfigMap. */
function own(object: Readonly<Record<string, Json | undefined>>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
