/**
 * An artifact as one file: the contents of its files one after the other, behind them a list of what they are, and at the
 * end how long that list is. A file system takes many times as long to make a file as to write one of these.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import { SlipwayError } from '../errors.ts';
import type { DigestEntry } from './artifact-digest.ts';

/** A file or a folder of an artifact, and where in the artifact's file its bytes are. */
export interface StoredEntry extends DigestEntry {
  readonly offset: number;
  readonly size: number;
}

/** An artifact that is on the disk, and whole. */
export interface StoredArtifact {
  readonly file: string;
  /** By path, with `/` between names; folders too. */
  readonly entries: ReadonlyMap<string, StoredEntry>;
}

/** What ends the file: whatever else has been written is no whole artifact. */
const MAGIC = Buffer.from('slipway1');
const TRAILER = 8 + MAGIC.length;
/** Bytes that are written, and copied, at once. */
const PIECE = 1024 * 1024;

/** Writes an artifact: of each file `begin`, `write` and `end`, and `finish` after all. */
export class ArtifactWriter {
  readonly #descriptor: number;
  readonly #entries: StoredEntry[] = [];
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #offset = 0;
  #begun: { readonly path: string; readonly mode: 'x' | '-'; readonly offset: number; readonly hash: Hash } | undefined;

  /** @param file where nothing is yet */
  constructor(file: string) {
    this.#descriptor = fs.openSync(file, 'wx', 0o600);
  }

  addFolder(path: string): void {
    this.#entries.push({ path, mode: 'd', content: '', offset: 0, size: 0 });
  }

  begin(path: string, executable: boolean): void {
    this.#begun = { path, mode: executable ? 'x' : '-', offset: this.#offset, hash: createHash('sha256') };
  }

  write(piece: Buffer): void {
    this.#begun?.hash.update(piece);
    this.#append(piece);
  }

  end(): void {
    if (this.#begun === undefined) throw new TypeError('No file was begun.');
    const { path, mode, offset, hash } = this.#begun;
    this.#begun = undefined;
    this.#entries.push({ path, mode, content: hash.digest('hex'), offset, size: this.#offset - offset });
  }

  /** Takes a file of another artifact over, which is intact. */
  copy(path: string, executable: boolean, descriptor: number, { content, offset, size }: StoredEntry): void {
    this.#entries.push({ path, mode: executable ? 'x' : '-', content, offset: this.#offset, size });
    for (let at = 0; at < size; at += PIECE) {
      this.#append(readBytes(descriptor, offset + at, Math.min(PIECE, size - at)));
    }
  }

  /** Writes the rest, and closes the file. */
  finish(): readonly StoredEntry[] {
    const index = Buffer.from(JSON.stringify(this.#entries));
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(index.length));
    for (const piece of [index, length, MAGIC]) this.#append(piece);
    this.#flush();
    fs.closeSync(this.#descriptor);
    return this.#entries;
  }

  /** Gives up what was written. */
  abandon(): void {
    fs.closeSync(this.#descriptor);
  }

  #append(piece: Buffer): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#offset += piece.length;
    if (this.#waitingBytes >= PIECE) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#descriptor, bytes, at);
  }
}

/** Undefined where the file is no whole artifact: cut off, changed, or something else. */
export function openArtifact(file: string): StoredArtifact | undefined {
  const descriptor = fs.openSync(file, 'r');
  try {
    const entries = readIndex(descriptor);
    if (entries === undefined) return undefined;
    const isWhole = entries.every((entry) => entry.mode === 'd' || isIntact(descriptor, entry));
    return isWhole ? { file, entries: new Map(entries.map((entry) => [entry.path, entry])) } : undefined;
  } finally {
    fs.closeSync(descriptor);
  }
}

function readIndex(descriptor: number): readonly StoredEntry[] | undefined {
  const stat = fs.fstatSync(descriptor);
  if (!stat.isFile() || stat.size < TRAILER) return undefined;
  const trailer = readBytes(descriptor, stat.size - TRAILER, TRAILER);
  const length = Number(trailer.readBigUInt64BE());
  if (!trailer.subarray(8).equals(MAGIC) || length > stat.size - TRAILER) return undefined;
  try {
    const start = stat.size - TRAILER - length;
    // What else it says is believed where the artifact's digest, which is made of it, is the one that was asked for.
    const entries = JSON.parse(readBytes(descriptor, start, length).toString('utf8')) as StoredEntry[];
    const isInside = ({ offset, size }: StoredEntry): boolean => offset >= 0 && size >= 0 && offset + size <= start;
    return Array.isArray(entries) && entries.every(isInside) ? entries : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the bytes of a file are those that it is known by. */
export function isIntact(descriptor: number, entry: StoredEntry): boolean {
  return digestOfContent(descriptor, entry) === entry.content;
}

function digestOfContent(descriptor: number, { offset, size }: StoredEntry): string {
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += PIECE) hash.update(readBytes(descriptor, offset + at, Math.min(PIECE, size - at)));
  return hash.digest('hex');
}

/**
 * The content of a file of an artifact; undefined where it has no file of that path.
 *
 * @throws SlipwayError `sources/storage-failed` where another file lies there now: it may have the same files in another order
 */
export function readStored({ file, entries }: StoredArtifact, path: string): Buffer | undefined {
  const entry = entries.get(path);
  if (entry === undefined || entry.mode === 'd') return undefined;
  const descriptor = fs.openSync(file, 'r');
  try {
    if (isIntact(descriptor, entry)) return readBytes(descriptor, entry.offset, entry.size);
    throw changed(file, path);
  } finally {
    fs.closeSync(descriptor);
  }
}

function changed(file: string, path: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/storage-failed',
    message: `${path} is no longer in the artifact ${file} as it was stored.`,
    remedy: 'Start again: what is not whole is then fetched anew. Nobody else may write to the storage.',
    exitStatus: 3,
  });
}

/** So many bytes; fewer where the file ends before. */
function readBytes(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const count = fs.readSync(descriptor, bytes, at, length - at, position + at);
    if (count === 0) break;
    at += count;
  }
  return at === length ? bytes : bytes.subarray(0, at);
}
