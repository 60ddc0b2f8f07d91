/** The five formats: how each is recognised, read and written, and where its SOPS metadata stands. */
import { extname } from 'node:path';
import { emitDotenv, readDotenv } from './dotenv.ts';
import { failure, inFile } from './failure.ts';
import { flatten, unflatten } from './flatten.ts';
import { emitIni, readIni } from './ini.ts';
import { emitJson, readJson } from './json.ts';
import type { Branch, Comment, Entry, Value } from './tree.ts';
import { branch, entry, findEntry, get, stringOf, text } from './tree.ts';
import { DEFAULT_INDENT, emitYaml } from './yaml/emit.ts';
import { readYaml } from './yaml/read.ts';

export type FormatName = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary';

export const FORMATS: readonly FormatName[] = ['yaml', 'json', 'dotenv', 'ini', 'binary'];

/** The format that sops takes a file of this name for (cmd/sops/formats/formats.go); what it does not know is binary. */
export function formatOf(path: string): FormatName {
  switch (extname(path)) {
    case '.yaml':
    case '.yml':
      return 'yaml';
    case '.json':
      return 'json';
    case '.env':
      return 'dotenv';
    case '.ini':
      return 'ini';
    default:
      // extname has nothing for a file that is called .env and no more; sops looks at the last letters alone.
      return path.endsWith('.env') ? 'dotenv' : 'binary';
  }
}

/** How a text is laid out. */
export interface Layout {
  /** Spaces of a level: YAML 4 and JSON a tab where it is not given (`stores` of `.sops.yaml`). */
  readonly indent?: number | undefined;
}

/** Larger files are refused: all of a file is held in memory several times over. 64 MiB. */
export const MAX_BYTES = 64 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw failure('not-utf8', 'The file is not valid UTF-8.', { cause });
  }
}

/** The documents of a plain file. */
export function readPlain(bytes: Buffer, format: FormatName, file?: string): readonly Branch[] {
  return inFile(file, () => {
    refuseTooLarge(bytes);
    return format === 'binary' ? [branch([entry('data', binaryValue(bytes))])] : readText(bytes, format);
  });
}

const binaryValue = (bytes: Buffer): Value => ({ kind: 'scalar', type: 'str', bytes: Buffer.from(bytes) });

function refuseTooLarge(bytes: Buffer): void {
  if (bytes.length <= MAX_BYTES) return;
  throw failure('too-large', `The file is larger than ${MAX_BYTES / 1024 / 1024} MiB.`, {
    remedy: 'Keep large data outside of SOPS and encrypt only the key to it.',
  });
}

function readText(bytes: Buffer, format: FormatName): readonly Branch[] {
  switch (format) {
    case 'yaml':
      return readYaml(decode(bytes));
    case 'json':
    case 'binary':
      return [readJson(decode(bytes))];
    case 'dotenv':
      return [readDotenv(bytes)];
    case 'ini':
      return [readIni(decode(bytes))];
  }
}

/** The bytes of a plain file. @throws {SlipwayError} `sops/unsupported-value` where the format cannot hold the tree. */
export function emitPlain(documents: readonly Branch[], format: FormatName, layout: Layout = {}): Buffer {
  const [first = branch([])] = documents;
  switch (format) {
    case 'yaml':
      return Buffer.from(emitYaml(documents, layout.indent ?? DEFAULT_INDENT));
    case 'json':
      return Buffer.from(emitJson(first, jsonIndent(layout)));
    case 'dotenv':
      return emitDotenv(first);
    case 'ini':
      return emitIni(first);
    case 'binary': {
      const data = get(first, 'data');
      if (data?.kind === 'scalar' && data.type === 'str') return Buffer.from(data.bytes);
      throw failure('no-binary-data', 'The file holds no text under "data", so it is not an encrypted binary file.', {
        remedy: 'Name its format: the name of the file does not tell it.',
      });
    }
  }
}

const jsonIndent = (layout: Layout) => (layout.indent === undefined ? '\t' : ' '.repeat(layout.indent));

/** An encrypted file, taken apart but not decrypted. */
export interface Parts {
  /** Without the metadata. */
  readonly documents: readonly Branch[];
  /** The `sops` block as a map, whatever the format. */
  readonly metadata: Branch;
  /** Where the block begins. */
  readonly line: number | undefined;
}

const KEY = 'sops';
const FLAT_PREFIX = 'sops_';

/**
 * Takes an encrypted file apart; undefined where it has no SOPS metadata.
 *
 * @throws {SlipwayError} `sops/metadata` where the metadata is no map or stands twice, and what the format's reader throws.
 */
export function readParts(bytes: Buffer, format: FormatName): Parts | undefined {
  refuseTooLarge(bytes);
  const documents = readText(bytes, format);
  const [first] = documents;
  if (first === undefined) return undefined;
  if (format === 'dotenv') return readFlatParts(first);
  const blocks = first.entries.filter((item) => item.kind === 'entry' && item.key === KEY);
  const [block] = blocks;
  if (block?.kind !== 'entry') return undefined;
  const at = block.source;
  if (blocks.length > 1) throw failure('metadata', 'The file has two sops blocks.', { at });
  if (block.value.kind !== 'map') throw failure('metadata', 'The sops block is not a map.', { at });
  const metadata = format === 'ini' ? unflatten(iniEntries(block.value)) : block.value;
  return { documents: documents.map(withoutMetadata), metadata, line: at?.line };
}

function readFlatParts(first: Branch): Parts | undefined {
  const isMetadata = (item: Entry | Comment): item is Entry =>
    item.kind === 'entry' && item.key.startsWith(FLAT_PREFIX);
  const flat = first.entries.filter(isMetadata);
  if (flat.length === 0) return undefined;
  return {
    documents: [branch(first.entries.filter((item) => !isMetadata(item)))],
    metadata: unflatten(flat.map((item) => entry(item.key.slice(FLAT_PREFIX.length), item.value))),
    line: flat[0]?.source?.line,
  };
}

/** INI holds line feeds of the metadata as the two characters `\n` (3.13.0 and 3.13.1 wrote line feeds: both are read). */
function iniEntries(section: Branch): Entry[] {
  return section.entries
    .filter((item) => item.kind === 'entry')
    .map((item) => entry(item.key, text((stringOf(item.value) ?? '').replaceAll('\\n', '\n'))));
}

function withoutMetadata(document: Branch): Branch {
  const { source } = document;
  return branch(
    document.entries.filter((item) => item.kind !== 'entry' || item.key !== KEY),
    source,
  );
}

/** Whether a plain file uses a name that SOPS keeps for its metadata. */
export function hasReservedKey(documents: readonly Branch[], format: FormatName): boolean {
  if (format === 'binary') return false;
  if (format === 'dotenv') {
    return (documents[0]?.entries ?? []).some((item) => item.kind === 'entry' && item.key.startsWith(FLAT_PREFIX));
  }
  return documents.some((document) => findEntry(document, KEY) !== undefined);
}

/** The bytes of an encrypted file; every document of a YAML file gets the same block. */
export function emitParts(
  documents: readonly Branch[],
  metadata: Branch,
  format: FormatName,
  layout: Layout = {},
): Buffer {
  const joined = documents.map((document) => branch([...document.entries, ...metadataEntries(metadata, format)]));
  return emitPlain(joined, format === 'binary' ? 'json' : format, layout);
}

function metadataEntries(metadata: Branch, format: FormatName): Entry[] {
  if (format === 'dotenv') return flatten(metadata).map((item) => entry(FLAT_PREFIX + item.key, item.value));
  if (format !== 'ini') return [entry(KEY, metadata)];
  const flat = flatten(metadata).map((item) => {
    const value = stringOf(item.value);
    return value === undefined ? item : entry(item.key, text(value.replaceAll('\n', '\\n')));
  });
  return [entry(KEY, branch(flat))];
}
