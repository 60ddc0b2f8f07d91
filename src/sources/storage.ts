import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { digestOf } from './artifact-digest.ts';
import { openArtifact, type StoredArtifact, type StoredEntry } from './artifact-file.ts';
import { isAbandoned, OWNER } from './owner.ts';

/** Part of a source's content at one moment, on disk. It never changes: another content is another artifact. */
export interface Artifact {
  /** As Flux writes it: `main@sha1:<hash>`. */
  readonly revision: string;
  /** `sha256:` and 64 hexadecimal digits, over the names, modes and contents of the files. */
  readonly digest: string;
  readonly stored: StoredArtifact;
  /** Of all files, in bytes. */
  readonly size: number;
  readonly files: number;
}

/**
 * Where artifacts are kept:
 *
 * ```text
 * artifacts/<digest>   a file each
 * git/<key>/           what was fetched before, so that the next fetch is small; may be lost at any time
 * tmp/                 what is being made: renamed into place when it is whole
 * ```
 *
 * Several processes may share it: what one of them is making is known by its process, and all else is whole.
 */
export interface Storage {
  readonly folder: string;
  /** The artifacts whose content this process has seen to be right, by digest. */
  readonly verified: Map<string, StoredArtifact>;
  /** Where the bytes of an object of git lie already, in an artifact. */
  readonly blobs: Map<string, StoredBlob>;
  readonly inUse: Map<string, number>;
}

/** A file of an artifact that holds an object of git. */
export interface StoredBlob {
  readonly artifact: StoredArtifact;
  readonly entry: StoredEntry;
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
      verified: new Map<string, StoredArtifact>(),
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

function artifactFile(storage: Storage, digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hex === undefined) throw new TypeError(`no digest: ${digest}`);
  return path.join(storage.folder, 'artifacts', hex);
}

/**
 * An artifact that is here and whole; one whose content is not what its digest says is removed, as Flux does it
 * (reconcileStorage).
 */
export function findArtifact(storage: Storage, digest: string): StoredArtifact | undefined {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  const file = artifactFile(storage, digest);
  return onDisk(() => {
    if (!fs.existsSync(file)) return undefined;
    const artifact = storage.verified.get(digest) ?? readWhole(file, digest);
    if (artifact === undefined) {
      remove(storage, file);
      return undefined;
    }
    storage.verified.set(digest, artifact);
    const now = new Date();
    fs.utimesSync(file, now, now);
    return artifact;
  });
}

function readWhole(file: string, digest: string): StoredArtifact | undefined {
  const artifact = openArtifact(file);
  return artifact !== undefined && digestOf([...artifact.entries.values()]) === digest ? artifact : undefined;
}

/** Makes a file that was written to a temporary path an artifact, unless the same is already there. */
export function placeArtifact(storage: Storage, written: string, entries: readonly StoredEntry[]): StoredArtifact {
  const digest = digestOf(entries);
  const file = artifactFile(storage, digest);
  const present = findArtifact(storage, digest);
  return onDisk(() => {
    if (present !== undefined) {
      fs.rmSync(written);
      return present;
    }
    fs.renameSync(written, file);
    const artifact = { file, entries: new Map(entries.map((entry) => [entry.path, entry])) };
    storage.verified.set(digest, artifact);
    return artifact;
  });
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
      const file = path.join(storage.folder, 'artifacts', name);
      if (keep.has(digest) || storage.inUse.has(digest) || !isOlder(file, now - RETENTION_MS)) continue;
      remove(storage, file);
      storage.verified.delete(digest);
      removed.push(digest);
    }
    const gone = new Set(removed.map((digest) => artifactFile(storage, digest)));
    for (const [object, { artifact }] of storage.blobs) {
      if (gone.has(artifact.file)) storage.blobs.delete(object);
    }
    for (const name of fs.readdirSync(path.join(storage.folder, 'git'))) {
      const folder = path.join(storage.folder, 'git', name);
      if (isOlder(folder, now - CACHE_RETENTION_MS)) remove(storage, folder);
    }
    return removed;
  });
}

function isOlder(file: string, than: number): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < than;
}

/** Renamed first, so that it is there as a whole or not at all. */
function remove(storage: Storage, file: string): void {
  const aside = temporaryPath(storage);
  fs.renameSync(file, aside);
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
