/**
 * Marks that stand in place of secret values wherever something is shown. A mark stays the same while the value, its key
 * and the data key of its file do, so that two renderings can be compared. It is an HMAC under the data key: whoever does
 * not have that can neither turn it back nor try out values.
 *
 * A mark is valid wherever a value may stand: it is base64, as values of `data` are, and a DNS label, and no number.
 */
import { createHmac } from 'node:crypto';
import type { ScalarType } from './tree.ts';

const PREFIX = 'masked';
/** 72 bits; with the prefix a multiple of four letters, as base64 has to be. */
const LETTERS = 18;
const MASK = new RegExp(`${PREFIX}[0-9a-f]{${LETTERS}}`);
const WHOLE_MASK = new RegExp(`^${MASK.source}$`);

/** @param path the keys that lead to the value */
export function maskOf(dataKey: Buffer, path: readonly string[], type: string, value: Buffer): string {
  const hash = createHmac('sha256', dataKey)
    .update(JSON.stringify(['slipway mask', path, type]))
    .update(value);
  return PREFIX + hash.digest('hex').slice(0, LETTERS);
}

/** Whether a text is a mark and nothing else. */
export const isMask = (text: string): boolean => WHOLE_MASK.test(text);

/** Whether there is a mark in a text. */
export const hasMask = (text: string): boolean => MASK.test(text);

/** A value of which a mark is made, while it is there. */
export interface MaskedValue {
  readonly mark: string;
  readonly type: ScalarType;
  readonly text: string;
  /** The mark of a part of the value, by the keys that lead to it there. */
  readonly markOf: (path: readonly string[], part: string) => string;
  /** A key for marks of what is made of the value, which says nothing of the data key. */
  readonly key: () => Buffer;
}

/** Is told of each value whose mark is made. What it keeps of it is its own affair. */
export type OnMask = (value: MaskedValue) => void;

/** @param path the keys that lead to the value */
export function describeMasked(
  dataKey: Buffer,
  path: readonly string[],
  { type, bytes }: { readonly type: ScalarType; readonly bytes: Buffer },
): MaskedValue {
  return {
    mark: maskOf(dataKey, path, type, bytes),
    type,
    text: bytes.toString(),
    markOf: (inner, part) => maskOf(dataKey, [...path, ...inner], 'part', Buffer.from(part)),
    key: () => createHmac('sha256', dataKey).update('slipway: marks of what is made of values').digest(),
  };
}

/** The mark of what was made of secret values. */
export function derivedMask(key: Buffer, text: string): string {
  return PREFIX + createHmac('sha256', key).update(text).digest('hex').slice(0, LETTERS);
}
