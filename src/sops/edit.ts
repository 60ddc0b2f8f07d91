/** Changes in a decrypted tree, by path. */
import { failure } from './failure.ts';
import type { Branch, Comment, Entry, List, PathPart, Value } from './tree.ts';
import { branch, entry, findEntry, formatPath, list } from './tree.ts';

/**
 * A path as sops writes it, `["stringData"]["password"]` or `["hosts"][0]`, or with dots, `stringData.password`.
 *
 * @throws {SlipwayError} `sops/path` (status 2).
 */
export function parsePath(text: string): PathPart[] {
  const parts: PathPart[] = [];
  const pattern = /\.?([^.[\]"']+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*"|'[^']*')\]/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw badPath(text);
    const [, name, index, quoted] = match;
    if (name !== undefined) parts.push(name);
    else if (index !== undefined) parts.push(Number(index));
    else if (quoted !== undefined) parts.push(quoted.startsWith("'") ? quoted.slice(1, -1) : parseQuoted(quoted, text));
  }
  if (parts.length === 0) throw badPath(text);
  return parts;
}

function parseQuoted(quoted: string, text: string): string {
  try {
    const value: unknown = JSON.parse(quoted);
    if (typeof value === 'string') return value;
  } catch {
    // Told below.
  }
  throw badPath(text);
}

const badPath = (text: string) =>
  failure('path', `${JSON.stringify(text)} is not a path.`, {
    remedy: 'Write it with dots, stringData.password, or as sops does, ["stringData"]["password"] or ["hosts"][0].',
    exitStatus: 2,
  });

/** The value at a path; undefined where there is none. */
export function valueAt(root: Branch, path: readonly PathPart[]): Value | undefined {
  return path.reduce<Value | undefined>((value, part) => {
    if (typeof part === 'string') return value?.kind === 'map' ? findEntry(value, part)?.value : undefined;
    return value?.kind === 'list' ? value.items.filter((item) => item.kind !== 'comment')[part] : undefined;
  }, root);
}

/**
 * The tree with a value at a path. Maps on the way are made where they are missing, and a list may grow by one.
 *
 * @throws {SlipwayError} `sops/path` where a part of the path does not fit what stands there.
 */
export function setAt(root: Branch, path: readonly PathPart[], value: Value): Branch {
  const result = change(root, path, [], () => value);
  return result.kind === 'map' ? result : root;
}

/** The tree without the value at a path. @throws {SlipwayError} `sops/path` where there is none. */
export function removeAt(root: Branch, path: readonly PathPart[]): Branch {
  if (valueAt(root, path) === undefined) {
    throw failure('path', `There is nothing at ${formatPath(path)}.`, { exitStatus: 2 });
  }
  const result = change(root, path, [], () => undefined);
  return result.kind === 'map' ? result : root;
}

type Change = () => Value | undefined;

function change(at: Value | undefined, path: readonly PathPart[], done: readonly PathPart[], make: Change): Value {
  const [part, ...rest] = path;
  if (part === undefined) return make() ?? { kind: 'null' };
  const below = (value: Value | undefined) => (rest.length === 0 ? make() : change(value, rest, [...done, part], make));
  if (typeof part === 'string') {
    const map = at ?? branch([]);
    if (map.kind !== 'map') throw unfit(done, 'no map');
    return changeMap(map, part, below);
  }
  if (at?.kind !== 'list') throw unfit(done, 'no list');
  return changeList(at, part, done, below);
}

function changeMap(map: Branch, key: string, below: (value: Value | undefined) => Value | undefined): Branch {
  const known = findEntry(map, key);
  const value = below(known?.value);
  if (known === undefined) return value === undefined ? map : { ...map, entries: [...map.entries, entry(key, value)] };
  return { ...map, entries: replace<Entry | Comment>(map.entries, known, value && { ...known, value }) };
}

function changeList(
  items: List,
  index: number,
  done: readonly PathPart[],
  below: (value: Value | undefined) => Value | undefined,
): List {
  const values = items.items.filter((item) => item.kind !== 'comment');
  if (index > values.length) throw unfit(done, `a list of ${values.length}`);
  const known = values[index];
  const value = below(known);
  if (known === undefined) return value === undefined ? items : list([...items.items, value], items.source);
  return { ...items, items: replace<Value | Comment>(items.items, known, value) };
}

function replace<T>(items: readonly T[], known: T, value: T | undefined): T[] {
  return items.flatMap((item) => (item !== known ? [item] : value === undefined ? [] : [value]));
}

const unfit = (done: readonly PathPart[], what: string) =>
  failure('path', `There is ${what} at ${done.length === 0 ? 'the top of the file' : formatPath(done)}.`, {
    exitStatus: 2,
  });
