import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors.ts';

/** Something else stands where a plain file, or a folder on the way to it, should be. */
export class WrongKindError extends Error {
  readonly path: string;
  readonly found: 'symlink' | 'file' | 'folder' | 'special file';

  constructor(where: string, found: WrongKindError['found']) {
    super(`${where} is a ${found}`);
    this.path = where;
    this.found = found;
  }
}

/** Checks once per folder that it is a real folder below the root and not a symlink that leads elsewhere. */
export class FolderCheck {
  readonly #root: string;
  readonly #known = new Map<string, boolean>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Whether the folder exists.
   *
   * @throws WrongKindError where something else stands in its place
   */
  exists(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const exists = (folder === '.' || this.exists(path.posix.dirname(folder))) && this.#look(folder);
    this.#known.set(folder, exists);
    return exists;
  }

  #look(folder: string): boolean {
    const absolute = path.join(this.#root, folder);
    // The root itself may be a symlink: it is the author's choice, not the repository's content.
    const look = folder === '.' ? fs.statSync : fs.lstatSync;
    const status = look(absolute, { throwIfNoEntry: false });
    if (status === undefined) return false;
    if (status.isDirectory()) return true;
    throw new WrongKindError(folder, status.isSymbolicLink() ? 'symlink' : 'file');
  }
}

/** One buffer for every look at a file: nearly all of them are equal, and then nothing is kept. */
let glance = Buffer.alloc(64 * 1024);

/**
 * What a file holds; `equal` where that is what is expected, and `undefined` where there is no file. Follows no symlink
 * and waits for no pipe.
 *
 * @throws WrongKindError; the system's error where it cannot be read
 */
export function readUnlessEqual(
  root: string,
  file: string,
  expected: Uint8Array | undefined,
  folders: FolderCheck,
): Buffer | 'equal' | undefined {
  if (!folders.exists(path.posix.dirname(file))) return undefined;
  const descriptor = openPlain(`${root}/${file}`, file);
  if (descriptor === undefined) return undefined;
  try {
    if (expected !== undefined && holds(descriptor, expected)) return 'equal';
    const status = fs.fstatSync(descriptor);
    if (!status.isFile()) throw new WrongKindError(file, status.isDirectory() ? 'folder' : 'special file');
    const content = Buffer.alloc(status.size);
    return content.subarray(0, fs.readSync(descriptor, content, 0, content.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

function openPlain(absolute: string, file: string): number | undefined {
  try {
    return fs.openSync(absolute, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ELOOP') throw new WrongKindError(file, 'symlink');
    throw error;
  }
}

function holds(descriptor: number, expected: Uint8Array): boolean {
  // One byte more than is expected, so that a longer file is seen to be longer.
  if (glance.length <= expected.length) glance = Buffer.alloc(expected.length + 1);
  try {
    const length = fs.readSync(descriptor, glance, 0, expected.length + 1, 0);
    return length === expected.length && glance.compare(expected, 0, length, 0, length) === 0;
  } catch {
    return false; // A folder or a device; what it is is looked at next.
  }
}
