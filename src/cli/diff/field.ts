import { createRequire } from 'node:module';
import type * as Diff from 'diff';
import { type Difference, isList, isObject, type Json, pointerPath } from '../../manifest/index.ts';

// Loaded when a text of several lines differs.
const require = createRequire(import.meta.url);

/** `spec.containers[app].image`; items of lists by their names, where `root` has them. */
export function fieldName(pointer: string, root?: Json): string {
  let at: Json | undefined = root;
  const names = pointerPath(pointer).reduce((name, step) => {
    const item: Json | undefined = isList(at) ? at[Number(step)] : isObject(at) ? at[step] : undefined;
    const isItem = isList(at);
    at = item;
    if (isItem) return `${name}[${isObject(item) && typeof item.name === 'string' ? item.name : step}]`;
    return `${name}${name === '' ? '' : '.'}${/^[^./[\]\s]+$/.test(step) ? step : JSON.stringify(step)}`;
  }, '');
  return oneLine(names);
}

const MAX_VALUE = 120;

/** A value on one line. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  const text =
    isObject(value) || isList(value)
      ? JSON.stringify(value, bigints)
      : typeof value === 'string'
        ? value
        : String(value);
  const line = oneLine(text);
  return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}…` : line;
}

/** What would move the cursor or colour a terminal, or turn the order of characters around. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function plain(text: string): string {
  return text.replace(CONTROL, '�');
}

/** A name as no name should be, but may be: on one line, so that it cannot look like another. */
export function oneLine(text: string): string {
  return plain(text.replaceAll('\n', '⏎'));
}

const MAX_LINES = 40;

/**
 * The lines that differ between two texts of several lines, with one line around them: each begins with `-`, `+` or a
 * blank. Undefined where the values are no such texts.
 */
export function lineChanges({ before, after }: Difference): readonly string[] | undefined {
  if (typeof before !== 'string' || typeof after !== 'string') return undefined;
  if (!/\n./s.test(before) && !/\n./s.test(after)) return undefined;
  const { structuredPatch } = require('diff') as typeof Diff;
  const hunks = structuredPatch('', '', before, after, '', '', { context: 1, maxEditLength: 2000 })?.hunks;
  if (hunks === undefined) return undefined;
  const lines = hunks.flatMap((hunk, at) => [...(at === 0 ? [] : [' …']), ...hunk.lines]);
  const shown = lines.filter((line) => !line.startsWith('\\')).map((line) => clipped(plain(line)));
  const more = shown.length - MAX_LINES;
  return more > 0 ? [...shown.slice(0, MAX_LINES), ` … and ${more} lines more`] : shown;
}

function clipped(line: string): string {
  return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}…` : line;
}

export function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
