import type { FileTree } from '../../flux/index.ts';
import { isList, isObject, type Json, pointerPath, readDocuments, type YamlDocument } from '../../manifest/index.ts';

export interface FilePosition {
  readonly file: string;
  /** Where the file is not the repository's: the source that it is from, `kind/namespace/name`. */
  readonly source?: string;
  /** Counted from 1, as is the column. */
  readonly line?: number;
  readonly column?: number;
}

/** Where a document's first character stands in its file: the file's start, or a block of text in another document. */
interface Offset {
  readonly line: number;
  readonly column: number;
}

/** A value in a YAML document of a file, or of a text that a value of another document holds. */
export interface YamlNode {
  readonly file: FilePosition;
  readonly document: YamlDocument;
  /** The text that the document is part of. */
  readonly text: string;
  readonly offset: Offset;
  readonly pointer: string;
}

/** The documents of the files of an artifact, read once. */
export class YamlFiles {
  readonly #tree: FileTree;
  readonly #known = new Map<string, readonly YamlNode[]>();
  /** A file as people know it: not every artifact is the repository. */
  readonly shown: (file: string) => FilePosition;

  constructor(tree: FileTree, shown: (file: string) => FilePosition) {
    this.#tree = tree;
    this.shown = shown;
  }

  /** Each document of a file; none where it is not there, or is no YAML. */
  documents(file: string): readonly YamlNode[] {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const content = this.#tree.read(file);
    const nodes = content === undefined ? [] : parse(content.toString(), this.shown(file), { line: 0, column: 0 });
    this.#known.set(file, nodes);
    return nodes;
  }
}

function parse(text: string, file: FilePosition, offset: Offset): readonly YamlNode[] {
  try {
    return readDocuments(text).map((document) => ({ file, document, text, offset, pointer: '' }));
  } catch {
    // What cannot be read has been told of.
    return [];
  }
}

export function valueOf({ document, pointer }: YamlNode): Json | undefined {
  return valueAt(document.value, pointer);
}

export function valueAt(root: Json | undefined, pointer: string): Json | undefined {
  return pointerPath(pointer).reduce<Json | undefined>((value, step) => {
    if (isList(value)) return value[Number(step)];
    return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, root);
}

/** The value at a pointer below a node, or the nearest one around it that is there. */
export function nearest(node: YamlNode, pointer: string): YamlNode {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = { ...node, pointer: `${node.pointer}${at}` };
    if (valueOf(found) !== undefined) return found;
  }
  return node;
}

/** What a block of literal text holds, as the documents of a file of its own; none where the value is no such text. */
export function innerDocuments(node: YamlNode): readonly YamlNode[] {
  const value = valueOf(node);
  const start = node.document.positionOf(node.pointer);
  if (typeof value !== 'string' || start === undefined) return [];
  const lines = node.text.replaceAll('\r\n', '\n').split('\n');
  // Of any other style, lines of the text are no lines of the file.
  if (!/^\|[-+0-9]*\s*(?:#.*)?$/.test(lines[start.line - 1]?.slice(start.column - 1) ?? '')) return [];
  const first = value.split('\n').findIndex((line) => line.trim() !== '');
  const indent = indentOf(lines[start.line + first]) - indentOf(value.split('\n')[first]);
  const offset = { line: node.offset.line + start.line, column: node.offset.column + Math.max(indent, 0) };
  return parse(value, node.file, offset);
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length;
}

export function positionOf({ file, document, offset, pointer }: YamlNode): FilePosition {
  const { line, column } = (pointer === '' ? undefined : document.positionOf(pointer)) ?? document.start;
  return { ...file, line: line + offset.line, column: column + offset.column };
}
