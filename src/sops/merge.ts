/** Three-way merge of trees: what one side changed is taken, what both changed alike as well. */
import type { Branch, Comment, Entry, PathPart, Value } from './tree.ts';
import { branch, entry, findEntry, isEqual } from './tree.ts';

export interface Merged {
  readonly tree: Branch;
  /** Where both sides changed the same value in different ways; the tree has ours there. */
  readonly conflicts: readonly (readonly PathPart[])[];
}

/** Maps are merged key by key, all else is one value. Comments are ours. */
export function mergeTrees(base: Branch, ours: Branch, theirs: Branch): Merged {
  const conflicts: (readonly PathPart[])[] = [];
  return { tree: mergeMaps(base, ours, theirs, [], conflicts), conflicts };
}

function mergeMaps(
  base: Branch,
  ours: Branch,
  theirs: Branch,
  path: readonly PathPart[],
  conflicts: (readonly PathPart[])[],
): Branch {
  const merge = (key: string) =>
    mergeValues(
      findEntry(base, key)?.value,
      findEntry(ours, key)?.value,
      findEntry(theirs, key)?.value,
      [...path, key],
      conflicts,
    );
  const entries: (Entry | Comment)[] = [];
  for (const item of ours.entries) {
    if (item.kind === 'comment') {
      entries.push(item);
      continue;
    }
    const value = merge(item.key);
    if (value !== undefined) entries.push({ ...item, value });
  }
  let before = -1;
  for (const item of theirs.entries) {
    if (item.kind === 'comment') continue;
    const known = entries.findIndex((other) => other.kind === 'entry' && other.key === item.key);
    if (known !== -1) {
      before = known;
      continue;
    }
    if (findEntry(ours, item.key) !== undefined) continue;
    const value = merge(item.key);
    // What they added stands where they have it: behind the same key.
    if (value !== undefined) entries.splice(++before, 0, entry(item.key, value));
  }
  return branch(entries, ours.source);
}

function mergeValues(
  base: Value | undefined,
  ours: Value | undefined,
  theirs: Value | undefined,
  path: readonly PathPart[],
  conflicts: (readonly PathPart[])[],
): Value | undefined {
  if (isSame(ours, theirs) || isSame(base, theirs)) return ours;
  if (isSame(base, ours)) return theirs;
  if (ours?.kind === 'map' && theirs?.kind === 'map') {
    return mergeMaps(base?.kind === 'map' ? base : branch([]), ours, theirs, path, conflicts);
  }
  conflicts.push(path);
  return ours;
}

const isSame = (a: Value | undefined, b: Value | undefined) =>
  a === undefined || b === undefined ? a === b : isEqual(a, b);
