/** Metadata as flat keys, for formats without nesting: `age__list_0__map_enc` (stores/flatten.go). */
import { failure } from './failure.ts';
import type { Branch, Entry, Value } from './tree.ts';
import { branch, entry, list } from './tree.ts';

export function flatten(map: Branch): Entry[] {
  const entries: Entry[] = [];
  const descend = (value: Value, key: string): void => {
    if (value.kind === 'map') {
      for (const item of value.entries) if (item.kind === 'entry') descend(item.value, `${key}__map_${item.key}`);
    } else if (value.kind === 'list') {
      value.items
        .filter((item) => item.kind !== 'comment')
        .forEach((item, i) => {
          descend(item, `${key}__list_${i}`);
        });
    } else {
      entries.push(entry(key, value));
    }
  };
  for (const item of map.entries) if (item.kind === 'entry') descend(item.value, item.key);
  return entries;
}

interface Node {
  value?: Value;
  readonly maps: Map<string, Node>;
  readonly lists: Map<number, Node>;
}

const node = (): Node => ({ maps: new Map(), lists: new Map() });

/** @throws {SlipwayError} `sops/metadata` where keys contradict each other or a list has gaps. */
export function unflatten(entries: readonly Entry[]): Branch {
  const root = node();
  for (const { key, value } of entries) {
    let at = root;
    for (const part of key.split(/(?=__map_|__list_)/)) {
      const index = /^__list_(.*)$/s.exec(part)?.[1];
      at =
        index === undefined
          ? child(at.maps, part.replace(/^__map_/, ''))
          : child(at.lists, /^[-+]?\d+$/.test(index) ? Number(index) : 0);
    }
    if (at.value !== undefined) throw contradiction();
    at.value = value;
  }
  const result = convert(root);
  if (result.kind !== 'map') throw contradiction();
  return result;
}

function child<K>(children: Map<K, Node>, key: K): Node {
  const found = children.get(key) ?? node();
  children.set(key, found);
  return found;
}

function convert({ value, maps, lists }: Node): Value {
  if (Number(value !== undefined) + Number(maps.size > 0) + Number(lists.size > 0) > 1) throw contradiction();
  if (value !== undefined) return value;
  if (lists.size === 0) {
    const keys = [...maps.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return branch(keys.map(([key, item]) => entry(key, convert(item))));
  }
  const items = [...lists.entries()].sort(([a], [b]) => a - b);
  if (items.some(([index], position) => index !== position)) {
    throw failure('metadata', 'A list of the SOPS metadata has a gap: a line of it was removed.');
  }
  return list(items.map(([, item]) => convert(item)));
}

const contradiction = () => failure('metadata', 'Two lines of the SOPS metadata contradict each other.');
