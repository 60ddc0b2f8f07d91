import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { type DigestEntry, digestOf, entriesOf } from './artifact-digest.ts';
import { isAbandoned, OWNER } from './owner.ts';

/** Part of a source's content at one moment, on disk. It never changes: another content is another folder. */
export interface Artifact {
  /** As Flux writes it: `main@sha1:<hash>`. */
  readonly revision: string;
  /** `sha256:` and 64 hexadecimal digits, over the names, modes and contents of the files. */
  readonly digest: string;
  /** Absolute. Only read. */
  readonly folder: string;
  /** Of all files, in bytes. */
  readonly size: number;
  readonly files: number;
  readonly digests: FileDigests;
}

/** SHA-256 of the content of each file of an artifact, in hexadecimal digits, by path. */
export type FileDigests = ReadonlyMap<string, string>;

/**
 * Where artifacts are kept:
 *
 * ```text
 * artifacts/<digest>/   their files
 * git/<key>/            what was fetched before, so that the next fetch is small; may be lost at any time
 * tmp/                  what is being made: renamed into place when it is whole
 * ```
 *
 * Several processes may share it: what one of them is making is known by its process, and all else is whole.
 */
export interface Storage {
  readonly folder: string;
  /** The files of artifacts whose content this process has seen to be right, by digest. */
  readonly verified: Map<string, FileDigests>;
  /** Where the bytes of an object of git lie already, in an artifact; by object and mode. */
  readonly blobs: Map<string, StoredBlob>;
  readonly inUse: Map<string, number>;
}

/** A file of an artifact that holds an object of git. */
export interface StoredBlob {
  readonly file: string;
  /** SHA-256 of the content, in hexadecimal digits. */
  readonly content: string;
}

/** Flux's --artifact-retention-ttl. */
const RETENTION_MS = 60_000;
const CACHE_RETENTION_MS = 24 * 3_600_000;
let made = 0;

/** @throws SlipwayError `sources/storage-failed`. */
export function openStorage(folder: string): Storage {
  return onDisk(() => {
    for (const part of ['artifacts', 'git', 'tmp']) {
      fs.mkdirSync(path.join(folder, part), { recursive: true, mode: 0o700 });
    }
    const storage = {
      folder: fs.realpathSync(folder),
      verified: new Map<string, FileDigests>(),
      blobs: new Map<string, StoredBlob>(),
      inUse: new Map<string, number>(),
    };
    removeAbandoned(storage);
    return storage;
  });
}

/** What a process that no longer runs was making. */
function removeAbandoned(storage: Storage): void {
  for (const name of fs.readdirSync(path.join(storage.folder, 'tmp'))) {
    if (!isAbandoned(name)) continue;
    fs.rmSync(path.join(storage.folder, 'tmp', name), { recursive: true, force: true });
  }
}

/** A path in the storage, where nothing is yet, for what will be renamed into place. */
export function temporaryPath(storage: Storage): string {
  return path.join(storage.folder, 'tmp', `${OWNER}-${(made += 1)}`);
}

function artifactFolder(storage: Storage, digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hex === undefined) throw new TypeError(`no digest: ${digest}`);
  return path.join(storage.folder, 'artifacts', hex);
}

/**
 * The folder of an artifact that is here and whole; one whose content is not what its digest says is removed, as Flux
 * does it (reconcileStorage).
 */
export function findArtifact(storage: Storage, digest: string): string | undefined {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  const folder = artifactFolder(storage, digest);
  return onDisk(() => {
    if (!fs.existsSync(folder)) return undefined;
    if (!storage.verified.has(digest)) {
      const entries = entriesOf(folder);
      if (digestOf(entries) !== digest) {
        remove(storage, folder);
        return undefined;
      }
      storage.verified.set(digest, fileDigests(entries));
    }
    const now = new Date();
    fs.utimesSync(folder, now, now);
    return folder;
  });
}

/** Of an artifact that {@link findArtifact} found, or that was placed here. */
export function digestsOf(storage: Storage, digest: string): FileDigests {
  return storage.verified.get(digest) ?? new Map();
}

function fileDigests(entries: readonly DigestEntry[]): FileDigests {
  return new Map(entries.flatMap(({ path: name, mode, content }) => (mode === 'd' ? [] : [[name, content]])));
}

/** Makes a folder that was written to a temporary path an artifact, unless the same is already there. */
export function placeArtifact(storage: Storage, written: string, entries: readonly DigestEntry[]): string {
  const digest = digestOf(entries);
  const present = findArtifact(storage, digest);
  return onDisk(() => {
    if (present === undefined && isMoved(written, artifactFolder(storage, digest))) {
      storage.verified.set(digest, fileDigests(entries));
    } else {
      fs.rmSync(written, { recursive: true, force: true });
    }
    const folder = findArtifact(storage, digest);
    if (folder !== undefined) return folder;
    throw new Error('another process placed the same artifact, and damaged it');
  });
}

/** False where something is there already: another process placed the same meanwhile. */
function isMoved(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '') || !fs.existsSync(to)) throw error;
    return false;
  }
}

/** Keeps an artifact from being collected until what this returns is called. */
export function holdArtifact(storage: Storage, digest: string): () => void {
  storage.inUse.set(digest, (storage.inUse.get(digest) ?? 0) + 1);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const count = (storage.inUse.get(digest) ?? 1) - 1;
    if (count === 0) storage.inUse.delete(digest);
    else storage.inUse.set(digest, count);
  };
}

/**
 * Removes the artifacts that are neither kept, nor held by this process, nor were used within the last minute; and what
 * was fetched for a source that nobody fetched for a day.
 *
 * @param keep the digests that sources have in their status.
 * @returns the digests that were removed.
 */
export function collectGarbage(storage: Storage, keep: ReadonlySet<string>, now: number): string[] {
  return onDisk(() => {
    const removed: string[] = [];
    for (const name of fs.readdirSync(path.join(storage.folder, 'artifacts'))) {
      const digest = `sha256:${name}`;
      const folder = path.join(storage.folder, 'artifacts', name);
      if (keep.has(digest) || storage.inUse.has(digest) || !isOlder(folder, now - RETENTION_MS)) continue;
      remove(storage, folder);
      storage.verified.delete(digest);
      removed.push(digest);
    }
    for (const [object, { file }] of storage.blobs) {
      if (removed.some((digest) => file.startsWith(`${artifactFolder(storage, digest)}${path.sep}`))) {
        storage.blobs.delete(object);
      }
    }
    for (const name of fs.readdirSync(path.join(storage.folder, 'git'))) {
      const folder = path.join(storage.folder, 'git', name);
      if (isOlder(folder, now - CACHE_RETENTION_MS)) remove(storage, folder);
    }
    return removed;
  });
}

function isOlder(folder: string, than: number): boolean {
  return (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < than;
}

/** Renamed first, so that a folder is there as a whole or not at all. */
function remove(storage: Storage, folder: string): void {
  const aside = temporaryPath(storage);
  fs.renameSync(folder, aside);
  fs.rmSync(aside, { recursive: true, force: true });
}

/**
 * What was fetched before, taken away for the one that asks: another that asks meanwhile finds nothing, and fetches
 * anew. So no fetch ever meets another, and one that was killed leaves nothing behind.
 *
 * @returns its folder, and whether it is a new, empty path.
 */
export function takeRepository(storage: Storage, key: string): { gitDir: string; isNew: boolean } {
  const gitDir = temporaryPath(storage);
  return onDisk(() => {
    try {
      fs.renameSync(path.join(storage.folder, 'git', hash(key)), gitDir);
      return { gitDir, isNew: false };
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      fs.mkdirSync(gitDir, { mode: 0o700 });
      return { gitDir, isNew: true };
    }
  });
}

export function putBackRepository(storage: Storage, key: string, gitDir: string): void {
  const now = new Date();
  try {
    fs.utimesSync(gitDir, now, now);
    fs.renameSync(gitDir, path.join(storage.folder, 'git', hash(key)));
  } catch {
    // Another one was put back meanwhile; this one is but a cache.
    fs.rmSync(gitDir, { recursive: true, force: true });
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Runs what touches the storage. @throws SlipwayError `sources/disk-full`, `sources/storage-failed`. */
export function onDisk<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code.startsWith('ERR_')) throw error;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    throw new SlipwayError({
      code: isFull ? 'sources/disk-full' : 'sources/storage-failed',
      message: isFull
        ? 'There is no space left for artifacts.'
        : `The storage of artifacts failed: ${error instanceof Error ? error.message : code}.`,
      remedy: isFull ? 'Make room, or give the storage another folder.' : 'Check the folder and its permissions.',
      exitStatus: 3,
      cause: error,
    });
  }
}
