import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import type { FileTree } from '../flux/index.ts';

/** More than any manifest has; what is larger would cost memory for nothing (an object has 1.5 MiB at most). */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;

/** VCS files are never part of an artifact (source-controller: sourceignore.VCSPatterns). */
const NEVER = new Set(['.git', '.gitignore', '.gitmodules', '.gitattributes']);

type EntryKind = 'file' | 'folder';

/**
 * A folder on disk as an artifact of it would be: read when it is asked for, and once. Symlinks are not there, as in an
 * artifact (fluxcd/pkg: tar.WithSkipSymlinks), so no path leads out of the folder.
 */
export class DiskTree implements FileTree {
  readonly root: string;
  readonly #folders = new Map<string, ReadonlyMap<string, EntryKind>>();
  readonly #files = new Map<string, Buffer | undefined>();

  constructor(root: string) {
    this.root = root;
  }

  /** @throws SlipwayError `render/file-too-large`, `render/unreadable` */
  read(file: string): Buffer | undefined {
    const known = this.#files.get(file);
    if (known !== undefined || this.#files.has(file)) return known;
    const content = this.#kindOf(file) === 'file' ? this.#load(file) : undefined;
    this.#files.set(file, content);
    return content;
  }

  isFolder(folder: string): boolean {
    return folder === '' || this.#kindOf(folder) === 'folder';
  }

  list(folder: string): readonly string[] {
    if (!this.isFolder(folder)) return [];
    return Array.from(this.#entries(folder), ([name, kind]) => (kind === 'folder' ? `${name}/` : name));
  }

  /** Each folder on the way is looked at by itself: none of them is a symlink. */
  #kindOf(file: string): EntryKind | undefined {
    const parent = path.posix.dirname(file);
    const folder = parent === '.' ? '' : parent;
    return this.isFolder(folder) ? this.#entries(folder).get(path.posix.basename(file)) : undefined;
  }

  #entries(folder: string): ReadonlyMap<string, EntryKind> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const entries = new Map<string, EntryKind>();
    for (const entry of this.#readFolder(folder)) {
      if (NEVER.has(entry.name)) continue;
      if (entry.isFile()) entries.set(entry.name, 'file');
      else if (entry.isDirectory()) entries.set(entry.name, 'folder');
    }
    this.#folders.set(folder, entries);
    return entries;
  }

  #readFolder(folder: string): readonly fs.Dirent[] {
    try {
      return fs.readdirSync(path.join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      throw unreadable(folder, error);
    }
  }

  #load(file: string): Buffer {
    let descriptor: number | undefined;
    try {
      // A file that became a symlink since it was listed is not followed.
      descriptor = fs.openSync(path.join(this.root, file), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
      if (fs.fstatSync(descriptor).size > MAX_FILE_BYTES) throw fileTooLarge(file);
      return fs.readFileSync(descriptor);
    } catch (error) {
      throw error instanceof SlipwayError ? error : unreadable(file, error);
    } finally {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    }
  }
}

export function fileTooLarge(file: string): SlipwayError {
  return new SlipwayError({
    code: 'render/file-too-large',
    message: `The file has more than ${MAX_FILE_BYTES / 1024 / 1024} MiB, more than any manifest can have.`,
    remedy: 'Take it out of what the kustomization names.',
    place: { file },
  });
}

function unreadable(file: string, cause: unknown): SlipwayError {
  return new SlipwayError({
    code: 'render/unreadable',
    message: `It cannot be read (${systemCode(cause) ?? String(cause)}).`,
    place: { file: file === '' ? '.' : file },
    exitStatus: 3,
    cause,
  });
}
