/**
 * What a SOPS file holds, whatever its format: documents of maps, lists, values and comments, in order (sops.go: Tree).
 * Order and comments are data here: the MAC runs over the values in order, and comments are encrypted like values.
 */

export type ScalarType = 'str' | 'int' | 'float' | 'bool' | 'time';

/**
 * A value. `bytes` are the ones that SOPS encrypts and hashes (sops.go: ToBytes): text as it is, `7`, `0.5`, `True`,
 * `2024-02-29T00:00:00Z`. They are bytes and not a string because the binary format may hold anything.
 */
export interface Scalar {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly bytes: Buffer;
  readonly source?: Source;
}

/** Where a value, or the value of a key, is written in the text that was read. Offsets in UTF-16 code units. */
export interface Source {
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface Null {
  readonly kind: 'null';
  readonly source?: Source;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly (Value | Comment)[];
  readonly source?: Source;
}

export interface Branch {
  readonly kind: 'map';
  readonly entries: readonly (Entry | Comment)[];
  readonly source?: Source;
}

export type Value = Scalar | Null | List | Branch;

export interface Entry {
  readonly kind: 'entry';
  readonly key: string;
  readonly value: Value;
  /** Where the key is written. */
  readonly source?: Source;
}

export interface Comment {
  readonly kind: 'comment';
  /** What stands behind the `#`. */
  readonly bytes: Buffer;
  /** It stands behind a value, in the value's line. */
  readonly inline: boolean;
}

export const text = (value: string, source?: Source): Scalar => ({
  kind: 'scalar',
  type: 'str',
  bytes: Buffer.from(value),
  ...(source && { source }),
});

export const entry = (key: string, value: Value, source?: Source): Entry => ({
  kind: 'entry',
  key,
  value,
  ...(source && { source }),
});

export const branch = (entries: readonly (Entry | Comment)[], source?: Source): Branch => ({
  kind: 'map',
  entries,
  ...(source && { source }),
});

export const list = (items: readonly (Value | Comment)[], source?: Source): List => ({
  kind: 'list',
  items,
  ...(source && { source }),
});

/** The value of a key of a map; the first one where the key stands more than once. */
export function get(map: Branch, key: string): Value | undefined {
  return findEntry(map, key)?.value;
}

export function findEntry(map: Branch, key: string): Entry | undefined {
  for (const item of map.entries) if (item.kind === 'entry' && item.key === key) return item;
  return undefined;
}

/** The text of a string; undefined where the value is no string. */
export function stringOf(value: Value | undefined): string | undefined {
  return value?.kind === 'scalar' && value.type === 'str' ? value.bytes.toString() : undefined;
}

/** Part of a path: a key of a map, or an index of a list (comments are not counted). */
export type PathPart = string | number;

/** A path as errors show it: `stringData.password`, `hosts[0]["a.b"]`. */
export function formatPath(path: readonly PathPart[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w/-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/**
 * Equal in keys, order, types, values and comments. Where they stand in a text does not matter, nor whether a comment
 * stands behind its value or above it: decrypting forgets that.
 */
export function isEqual(a: Value | Comment | Entry, b: Value | Comment | Entry): boolean {
  switch (a.kind) {
    case 'null':
      return b.kind === 'null';
    case 'scalar':
      return b.kind === 'scalar' && a.type === b.type && a.bytes.equals(b.bytes);
    case 'comment':
      return b.kind === 'comment' && a.bytes.equals(b.bytes);
    case 'entry':
      return b.kind === 'entry' && a.key === b.key && isEqual(a.value, b.value);
    case 'list':
      return b.kind === 'list' && areEqual(a.items, b.items);
    case 'map':
      return b.kind === 'map' && areEqual(a.entries, b.entries);
  }
}

/** Lists of things, one by one. */
export function areEqual(a: readonly (Value | Comment | Entry)[], b: readonly (Value | Comment | Entry)[]): boolean {
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      return other !== undefined && isEqual(item, other);
    })
  );
}

/** Overwrites every value with zeros. The JavaScript strings that they were made from, if any, cannot be wiped. */
export function wipe(item: Value | Comment | Entry): void {
  switch (item.kind) {
    case 'scalar':
    case 'comment':
      item.bytes.fill(0);
      return;
    case 'entry':
      wipe(item.value);
      return;
    case 'list':
      item.items.forEach(wipe);
      return;
    case 'map':
      item.entries.forEach(wipe);
      return;
    case 'null':
      return;
  }
}
