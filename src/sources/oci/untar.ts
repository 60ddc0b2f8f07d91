import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SlipwayError, systemCode } from '../../errors.ts';
import type { SourceLimits } from '../source-tree.ts';
import { onDisk } from '../storage.ts';
import { tooLarge } from '../too-large.ts';
import { BLOCK, checkedSize, checkName, invalidArchive, parseHeader, parsePax, type TarEntry, textOf } from './tar.ts';

/** Of the records that hold a long name. */
const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * Unpacks a gzip-compressed tar archive (POSIX ustar with pax and GNU's long names) into a folder that is new, as
 * fluxcd/pkg's tar.Untar does for source-controller: regular files and folders; symlinks are left out; a name that is
 * absolute or leads upwards is refused. What Flux takes for an empty file, a hard link, is refused too.
 *
 * @throws SlipwayError `sources/archive-invalid`, `sources/too-large`, `sources/disk-full`, `sources/storage-failed`.
 */
export async function untar(archive: Readable, folder: string, limits: SourceLimits): Promise<void> {
  onDisk(() => {
    fs.mkdirSync(folder, { mode: 0o750 });
  });
  const unpacker = new Unpacker(folder, limits);
  try {
    await pipeline(archive, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) unpacker.take(chunk);
    });
    unpacker.end();
  } catch (error) {
    unpacker.close();
    if (error instanceof SlipwayError) throw error;
    if (systemCode(error)?.startsWith('Z_') === true) throw invalidArchive('it is not compressed by gzip, or damaged');
    throw error;
  }
}

/** Takes the archive in pieces of any length. */
class Unpacker {
  readonly #folder: string;
  readonly #limits: SourceLimits;
  #received = 0;
  #files = 0;
  /** What of a header or a record has come. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes until the next header: of the entry, then of the padding after it. */
  #left = 0;
  #padding = 0;
  #record: string | undefined;
  #descriptor: number | undefined;
  /** From a pax or GNU record, for the next entry. */
  #longName: string | undefined;
  #paxSize: number | undefined;
  #isOver = false;

  constructor(folder: string, limits: SourceLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#limits.maxBytes) throw tooLarge('The unpacked layer', this.#limits.maxBytes);
    for (let at = 0; at < chunk.length && !this.#isOver;) {
      if (this.#left > 0) at += this.#content(chunk.subarray(at, at + this.#left));
      else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - at);
        this.#padding -= skipped;
        at += skipped;
      } else at += this.#header(chunk.subarray(at, at + BLOCK - this.#pendingBytes));
    }
  }

  end(): void {
    const isWhole = this.#left === 0 && this.#pendingBytes === 0 && this.#padding === 0;
    if (!isWhole && !this.#isOver) throw invalidArchive('it ends in the middle');
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) {
      onDisk(() => {
        fs.closeSync(descriptor);
      });
    }
  }

  #header(piece: Buffer): number {
    this.#pend(piece);
    if (this.#pendingBytes === BLOCK) {
      const block = this.#takePending();
      if (block.every((byte) => byte === 0)) this.#isOver = true;
      else this.#begin(parseHeader(block));
    }
    return piece.length;
  }

  #begin(header: TarEntry): void {
    const isRecord = ['x', 'g', 'L', 'K'].includes(header.type);
    const entry = isRecord
      ? header
      : { ...header, name: this.#longName ?? header.name, size: this.#paxSize ?? header.size };
    // Links and folders have no content, whatever their size says.
    const size = ['1', '2', '5'].includes(entry.type) ? 0 : entry.size;
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.#record = isRecord ? entry.type : undefined;
    if (isRecord) {
      if (size > MAX_RECORD_BYTES) throw tooLarge('A record of the layer', MAX_RECORD_BYTES);
    } else {
      this.#longName = undefined;
      this.#paxSize = undefined;
      this.#create(entry);
    }
    if (size === 0) this.#finish();
  }

  #create({ name, type, executable }: TarEntry): void {
    checkName(name);
    const target = path.join(this.#folder, name);
    // No link is ever made, so nothing on the way leads elsewhere.
    if (type === '5' || (type !== '2' && name.endsWith('/'))) {
      onDisk(() => fs.mkdirSync(target, { recursive: true, mode: 0o750 }));
    } else if (type === '0' || type === '7') {
      this.#files += 1;
      if (this.#files > this.#limits.maxFiles) throw tooManyFiles(this.#limits.maxFiles);
      this.#descriptor = onDisk(() => {
        fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o750 });
        // A later file of the same name is the one that counts, its mode too.
        fs.rmSync(target, { force: true });
        return fs.openSync(target, 'wx', executable ? 0o700 : 0o600);
      });
    } else if (type !== '2') {
      throw invalidArchive(`${JSON.stringify(name)} is neither a file, nor a folder, nor a symlink`);
    }
  }

  #content(piece: Buffer): number {
    this.#left -= piece.length;
    const descriptor = this.#descriptor;
    if (descriptor !== undefined) {
      for (let at = 0; at < piece.length;) at += onDisk(() => fs.writeSync(descriptor, piece, at));
    } else if (this.#record !== undefined) this.#pend(piece);
    if (this.#left === 0) this.#finish();
    return piece.length;
  }

  #finish(): void {
    this.close();
    const record = this.#record;
    if (record === undefined) return;
    this.#record = undefined;
    const content = this.#takePending();
    if (record === 'L') this.#longName = textOf(content);
    if (record === 'x') {
      const fields = parsePax(content);
      if ([...fields.keys()].some((key) => key.startsWith('GNU.sparse')))
        throw invalidArchive('it holds a sparse file');
      this.#longName = fields.get('path') ?? this.#longName;
      const size = fields.get('size');
      if (size !== undefined) this.#paxSize = checkedSize(Number(size));
    }
  }

  #pend(piece: Buffer): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
  }

  #takePending(): Buffer {
    const whole = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return whole;
  }
}

function tooManyFiles(limit: number): SlipwayError {
  return new SlipwayError({
    code: 'sources/too-large',
    message: `The layer has more files than the limit of ${limit}.`,
    remedy: 'Leave files out of it, or raise the limit.',
  });
}
