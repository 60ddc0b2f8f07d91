/** The text of an encrypted file with other values in it: as little of it changes as can be. */
import type { SopsFile } from './file.ts';
import { emitParts } from './format.ts';
import { emitJsonString } from './json.ts';
import type { Branch, Comment, Entry, Value } from './tree.ts';
import { branch, entry, isEqual } from './tree.ts';
import { readJson } from './json.ts';
import { readYaml } from './yaml/read.ts';
import { detectIndent, spliceYaml } from './yaml/splice.ts';

export function rewrite(sealed: SopsFile, documents: readonly Branch[], metadata: Branch): Buffer {
  const { format, bytes } = sealed;
  switch (format) {
    case 'yaml': {
      const source = bytes.toString();
      const before = readYaml(source);
      const after =
        before.length === documents.length ? before.map((old, i) => place(old, documents[i], metadata)) : undefined;
      const spliced = after === undefined ? undefined : spliceYaml(source, before, after);
      return spliced === undefined
        ? emitParts(documents, metadata, format, { indent: detectIndent(source) })
        : Buffer.from(spliced);
    }
    case 'json':
    case 'binary': {
      const source = bytes.toString();
      const before = readJson(source);
      const spliced = spliceJson(source, before, place(before, documents[0], metadata));
      return spliced === undefined
        ? emitParts(documents, metadata, format, { indent: jsonIndentOf(source) })
        : Buffer.from(spliced);
    }
    case 'dotenv':
    case 'ini':
      // Both are written line by line in one way only.
      return emitParts(documents, metadata, format);
  }
}

/** The document with the metadata where it stood before: at its beginning, or else its end. */
function place(before: Branch, document: Branch | undefined, metadata: Branch): Branch {
  const entries: (Entry | Comment)[] = [...(document?.entries ?? [])];
  const index = before.entries.findIndex((item) => item.kind === 'entry' && item.key === 'sops');
  if (index === -1) return branch(entries);
  const block = entry('sops', metadata);
  if (index === 0 && before.entries.length > 1) entries.unshift(block);
  else if (index === before.entries.length - 1) entries.push(block);
  else entries.splice(Math.min(index, entries.length), 0, block);
  return branch(entries);
}

function jsonIndentOf(source: string): number | undefined {
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(source)?.[1];
  return indent === undefined || indent.startsWith('\t') ? undefined : indent.length;
}

/** Replaces texts within JSON where nothing but texts changed; undefined where more did. */
function spliceJson(source: string, before: Branch, after: Branch): string | undefined {
  const edits: { start: number; end: number; text: string }[] = [];
  const change = (old: Value, now: Value): boolean => {
    if (isEqual(old, now)) return true;
    if (old.kind === 'map' && now.kind === 'map') {
      return (
        old.entries.length === now.entries.length &&
        old.entries.every((item, i) => {
          const other = now.entries[i];
          return (
            item.kind === 'entry' &&
            other?.kind === 'entry' &&
            item.key === other.key &&
            change(item.value, other.value)
          );
        })
      );
    }
    if (old.kind === 'list' && now.kind === 'list') {
      return (
        old.items.length === now.items.length &&
        old.items.every((item, i) => {
          const other = now.items[i];
          return item.kind !== 'comment' && other !== undefined && other.kind !== 'comment' && change(item, other);
        })
      );
    }
    if (old.source === undefined || old.kind !== 'scalar' || now.kind !== 'scalar' || now.type !== 'str') return false;
    edits.push({ start: old.source.start, end: old.source.end, text: emitJsonString(now.bytes.toString()) });
    return true;
  };
  if (!change(before, after)) return undefined;
  let text = '';
  let at = 0;
  for (const edit of edits) {
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at);
}
