import { SlipwayError } from '../errors.ts';
import { type Json, pointerPath } from './json.ts';
import type { YamlDialect } from './yaml/dialect.ts';
import { parseDocument, type ParsedDocument } from './yaml/parse.ts';
import { type Position, YamlSource } from './yaml/source.ts';
import { nodeAt, toJson } from './yaml/to-json.ts';
import { YamlError } from './yaml/yaml-error.ts';

export type { YamlDialect } from './yaml/dialect.ts';
export type { Position } from './yaml/source.ts';

export interface ReadOptions {
  /** The path that errors name. */
  readonly file?: string;
  /** Default: `kyaml`. */
  readonly dialect?: YamlDialect;
}

/** Far more than etcd takes (1.5 MiB an object) or any file of a real repository has. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A document with its value, and the way from a value back to its place in the file. */
export class YamlDocument {
  readonly value: Json;
  readonly #source: YamlSource;
  readonly #part: DocumentPart;
  readonly #parsed: ParsedDocument;

  constructor(source: YamlSource, part: DocumentPart, parsed: ParsedDocument) {
    this.value = toJson(parsed.root, part.dialect, source.budget);
    this.#source = source;
    this.#part = part;
    this.#parsed = parsed;
  }

  /** Where its value stands. */
  get start(): Position {
    return this.#source.positionAt(this.#part.start + this.#parsed.root.start);
  }

  /** Where text begins that belongs to no document and so, as in Go's readers, means nothing; mostly a mistake. */
  get ignored(): Position | undefined {
    const offset = firstContent(this.#source.text, this.#part.start + this.#parsed.end);
    return offset < this.#part.end ? this.#source.positionAt(offset) : undefined;
  }

  /**
   * Where the value at a JSON pointer stands; of a value that came by an alias, where the alias stands, and of what is
   * inside of that, where the anchor's value has it. Undefined where there is no such value.
   */
  positionOf(pointer: string): Position | undefined {
    const node = nodeAt(this.#parsed.root, pointerPath(pointer), this.#part.dialect);
    return node === undefined ? undefined : this.#source.positionAt(this.#part.start + node.start);
  }
}

/** The part of a source that holds a document. */
interface DocumentPart {
  readonly start: number;
  readonly end: number;
  readonly dialect: YamlDialect;
}

/** The first character that is neither blank nor in a comment, or the end. */
function firstContent(text: string, from: number): number {
  let offset = from;
  for (;;) {
    if (text.charAt(offset) === '#') {
      const end = text.indexOf('\n', offset);
      offset = end === -1 ? text.length : end;
    } else if (/\s/.test(text.charAt(offset))) offset++;
    else return offset;
  }
}

/**
 * The documents of a YAML stream, as kustomize reads a file of resources (kyaml: kio.ByteReader): split at lines
 * that start with `---`, empty ones left out. What follows `...` in a document is not read, as it is not there.
 * Integers that a JavaScript number would not hold exactly are bigints.
 *
 * @throws SlipwayError `manifest/yaml-syntax`, `yaml-key`, `yaml-alias`, `yaml-value`, `yaml-limit` with file, line and
 *   column. No message shows a value: it could be a secret.
 */
export function readDocuments(bytes: string | Uint8Array, options: ReadOptions = {}): readonly YamlDocument[] {
  const source = new YamlSource(decode(bytes, options), options.file);
  return guarded(source, () => {
    const documents: YamlDocument[] = [];
    for (const { start, end } of splitDocuments(source.text)) {
      const document = readPart(source, start, end, options);
      if (document !== undefined && document.value !== null) documents.push(document);
    }
    return documents;
  });
}

/**
 * The first document of a text, and only that: how Go's Unmarshal reads kustomization.yaml files, patches and values.
 * Undefined where the text holds no document.
 *
 * @throws SlipwayError as readDocuments does.
 */
export function readDocument(bytes: string | Uint8Array, options: ReadOptions = {}): YamlDocument | undefined {
  const source = new YamlSource(decode(bytes, options), options.file);
  return guarded(source, () => readPart(source, 0, source.text.length, options));
}

function readPart(source: YamlSource, from: number, end: number, options: ReadOptions): YamlDocument | undefined {
  const { text } = source;
  const { dialect = 'kyaml' } = options;
  // A byte order mark may start each document.
  const start = text.charCodeAt(from) === 0xfeff ? from + 1 : from;
  try {
    const parsed = parseDocument(text.slice(start, end), dialect, source.budget);
    return parsed === undefined ? undefined : new YamlDocument(source, { start, end, dialect }, parsed);
  } catch (error) {
    throw error instanceof YamlError ? new YamlError(error.problem, start + error.offset, error.message) : error;
  }
}

function guarded<T>(source: YamlSource, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof YamlError ? source.error(error) : error;
  }
}

/** What go-yaml's reader refuses (readerc.go): control characters, and what is no Unicode. */
const FORBIDDEN = /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

function decode(source: string | Uint8Array, { file }: ReadOptions): string {
  const size = typeof source === 'string' ? source.length : source.byteLength;
  if (size > MAX_BYTES) {
    const limit = `more than ${MAX_BYTES / 1024 / 1024} MiB`;
    throw new SlipwayError({ code: 'manifest/yaml-limit', message: `The file has ${limit}.`, place: { file } });
  }
  const text = decodeUtf8(source, file);
  const match = FORBIDDEN.exec(text);
  if (match !== null || !text.isWellFormed()) {
    const message = 'YAML may hold control characters, and half of a surrogate pair, as escape sequences only.';
    const place = match === null ? { file } : { file, ...new YamlSource(text, file).positionAt(match.index) };
    throw new SlipwayError({ code: 'manifest/yaml-syntax', message, place });
  }
  // kustomize does this before it reads (ByteReader.Read).
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}

function decodeUtf8(source: string | Uint8Array, file: string | undefined): string {
  if (typeof source === 'string') return source;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch (cause) {
    throw new SlipwayError({ code: 'manifest/yaml-syntax', message: 'The file is not UTF-8.', place: { file }, cause });
  }
}

/** kyaml: splitDocuments. A last line `---` without a line break splits nothing off. */
function* splitDocuments(text: string): Generator<{ start: number; end: number }> {
  let start = 0;
  let from = 0;
  for (;;) {
    const separator = text.indexOf('\n---', from);
    const lineEnd = separator === -1 ? -1 : text.indexOf('\n', separator + 1);
    if (lineEnd === -1) break;
    const rest = text.slice(separator + '\n---'.length, lineEnd).replace(/^[\s\x85]+/, '');
    if (rest !== '' && !rest.startsWith('#')) {
      throw new YamlError(
        'yaml-syntax',
        separator + 1,
        "After '---', which separates documents, only a comment can stand.",
      );
    }
    // With the line break before the separator, which may belong to a block of text.
    yield { start, end: separator + 1 };
    start = lineEnd + 1;
    // The break that ends this line cannot also start the next separator, so of two in a row the second starts a document.
    from = start;
  }
  yield { start, end: text.length };
}
