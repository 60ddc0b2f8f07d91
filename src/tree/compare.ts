import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, SlipwayErrors, systemCode } from '../errors.ts';
import { OWNERSHIP_FILE, formatOwnership, parseOwnership } from './ownership.ts';
import type { Tree, TreeFile } from './tree.ts';

/** A file that is to be replaced or deleted, with what it holds now. */
export interface Replaced {
  readonly path: string;
  readonly before: Uint8Array;
}

/** What would make the tree on disk equal to the one in memory. */
export interface TreeChanges {
  readonly created: readonly TreeFile[];
  readonly changed: readonly (Replaced & { readonly file: TreeFile })[];
  /** Files that synth once wrote and no longer makes. */
  readonly deleted: readonly Replaced[];
  readonly unchanged: number;
  /** The ownership list as it is on disk, or `undefined` where there is none. */
  readonly ownershipBefore: string | undefined;
  readonly ownershipAfter: string;
}

export function isUnchanged(changes: TreeChanges): boolean {
  return (
    changes.created.length === 0 &&
    changes.changed.length === 0 &&
    changes.deleted.length === 0 &&
    changes.ownershipBefore === changes.ownershipAfter
  );
}

/**
 * Compares a tree with the folder `root`, which need not exist. Reads every file that the tree has, follows no
 * symlink, and writes nothing.
 *
 * @throws SlipwayErrors of `tree/not-owned`, `tree/not-a-file`, `tree/symlink`, `tree/ownership-list`, `tree/unreadable`
 */
export function compareTree(tree: Tree, root: string): TreeChanges {
  const errors: SlipwayError[] = [];
  const ownershipBefore = readIfPresent(path.join(root, OWNERSHIP_FILE))?.toString('utf8');
  const owned = ownershipBefore === undefined ? new Set<string>() : parseOwnership(ownershipBefore);
  const folders = new FolderCheck(root);
  const created: TreeFile[] = [];
  const changed: (Replaced & { file: TreeFile })[] = [];
  const deleted: Replaced[] = [];
  let unchanged = 0;

  for (const file of tree.values()) {
    try {
      const before = readUnlessEqual(root, file.path, file.content, folders);
      if (before === 'equal') unchanged += 1;
      else if (before === undefined) created.push(file);
      else if (owned.has(file.path)) changed.push({ path: file.path, before, file });
      else errors.push(notOwned(file));
    } catch (error) {
      errors.push(asTreeError(error, file));
    }
  }
  for (const stale of owned) {
    if (tree.has(stale)) continue;
    try {
      const before = readUnlessEqual(root, stale, undefined, folders);
      if (before !== undefined && before !== 'equal') deleted.push({ path: stale, before });
    } catch {
      // It is a folder or a symlink now, so it is no longer the file that synth wrote: it is left alone.
    }
  }
  if (errors.length > 0) throw new SlipwayErrors(errors);
  return { created, changed, deleted, unchanged, ownershipBefore, ownershipAfter: formatOwnership(tree.keys()) };
}

/** Checks once per folder that it is a real folder below the root and not a symlink that leads elsewhere. */
class FolderCheck {
  readonly #root: string;
  readonly #known = new Map<string, boolean>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether the folder exists; it throws where something else stands in its place. */
  exists(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const parent = path.posix.dirname(folder);
    const exists = (folder === '.' || parent === '.' || this.exists(parent)) && this.#look(folder);
    this.#known.set(folder, exists);
    return exists;
  }

  #look(folder: string): boolean {
    const status = fs.lstatSync(path.join(this.#root, folder), { throwIfNoEntry: false });
    if (status === undefined) return false;
    // The root itself may be a symlink: it is the author's choice, not the repository's content.
    if (status.isDirectory() || (folder === '.' && status.isSymbolicLink())) return true;
    throw new WrongKindError(folder, status.isSymbolicLink() ? 'symlink' : 'file');
  }
}

class WrongKindError extends Error {
  readonly path: string;
  readonly found: 'symlink' | 'file' | 'folder' | 'special file';

  constructor(where: string, found: 'symlink' | 'file' | 'folder' | 'special file') {
    super(`${where} is a ${found}`);
    this.path = where;
    this.found = found;
  }
}

/** One buffer for every look at a file: nearly all of them are equal, and then nothing is kept. */
let glance = Buffer.alloc(64 * 1024);

/** What the file holds; `equal` where that is what is expected, and `undefined` where there is no file. */
function readUnlessEqual(
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

function readIfPresent(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function notOwned(file: TreeFile): SlipwayError {
  return new SlipwayError({
    code: 'tree/not-owned',
    message: 'A file that synth did not write already stands where it would write one.',
    remedy: 'Move or delete the file, or rename the construct that makes this one.',
    place: placeOf(file),
  });
}

function asTreeError(error: unknown, file: TreeFile): SlipwayError {
  if (error instanceof WrongKindError) {
    return new SlipwayError({
      code: error.found === 'symlink' ? 'tree/symlink' : 'tree/not-a-file',
      message: `Synth would write this file, but ${error.path} is a ${error.found}.`,
      remedy: `Move ${error.path} away, then synthesize again.`,
      place: placeOf(file),
    });
  }
  return new SlipwayError({
    code: 'tree/unreadable',
    message: `The file cannot be read (${systemCode(error) ?? String(error)}).`,
    remedy: 'Make the file and its folders readable, then synthesize again.',
    place: placeOf(file),
    exitStatus: 3,
    cause: error,
  });
}

export function placeOf(file: TreeFile): SlipwayError['place'] {
  const origin = file.origins[0];
  return { file: file.path, object: origin?.object, source: origin?.source()[0] };
}
