/** Goes through the values and comments of documents in the order of the file (sops.go: TreeBranch.walkBranch). */
import type { Branch, Comment, Entry, List, Scalar, Source, Value } from './tree.ts';
import { branch, entry, list } from './tree.ts';

export interface Leaf {
  readonly item: Scalar | Comment;
  /** Keys from the root; indices of lists are not part of it. */
  readonly path: readonly string[];
  /** For each level, the texts of the comments since the last value before. */
  readonly comments: readonly (readonly string[])[];
}

/** What a leaf becomes: a value, or in a list also a comment. */
export type Visitor = (leaf: Leaf) => Scalar | Comment;

/** New documents with every value and comment replaced; nulls, keys and order stay. */
export function mapLeaves(documents: readonly Branch[], visit: Visitor): readonly Branch[] {
  return documents.map((document) => mapBranch(document, [], [], visit));
}

function mapBranch(
  map: Branch,
  path: readonly string[],
  outer: readonly (readonly string[])[],
  visit: Visitor,
): Branch {
  const active: string[] = [];
  const comments = [...outer, active];
  const entries = map.entries.map((item): Entry | Comment => {
    if (item.kind === 'comment') {
      active.push(item.bytes.toString());
      return asComment(visit({ item, path, comments }), item);
    }
    const value = mapValue(item.value, [...path, item.key], comments, visit);
    active.length = 0;
    // A value that is a comment once decrypted stands in a list only; under a key there is nothing to keep it.
    return entry(item.key, value.kind === 'comment' ? { kind: 'null' } : value, item.source);
  });
  return branch(entries, map.source);
}

function mapList(items: List, path: readonly string[], outer: readonly (readonly string[])[], visit: Visitor): List {
  const active: string[] = [];
  const comments = [...outer, active];
  const mapped = items.items.map((item): Value | Comment => {
    if (item.kind === 'comment') {
      active.push(item.bytes.toString());
      return asComment(visit({ item, path, comments }), item);
    }
    const value = mapValue(item, path, comments, visit);
    active.length = 0;
    return value;
  });
  return list(mapped, items.source);
}

function mapValue(
  value: Value,
  path: readonly string[],
  comments: readonly (readonly string[])[],
  visit: Visitor,
): Value | Comment {
  switch (value.kind) {
    case 'null':
      return value;
    case 'scalar':
      return keepSource(visit({ item: value, path, comments }), value.source);
    case 'map':
      return mapBranch(value, path, comments, visit);
    case 'list':
      return mapList(value, path, comments, visit);
  }
}

function keepSource(item: Scalar | Comment, source: Source | undefined): Scalar | Comment {
  return item.kind === 'scalar' && source !== undefined ? { ...item, source } : item;
}

function asComment(visited: Scalar | Comment, original: Comment): Comment {
  return visited.kind === 'comment' ? visited : { kind: 'comment', bytes: visited.bytes, inline: original.inline };
}
