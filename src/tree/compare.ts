import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, SlipwayErrors, systemCode } from '../errors.ts';
import { OWNERSHIP_FILE, formatOwnership, parseOwnership } from './ownership.ts';
import { contentBytes, type Tree, type TreeFile } from './tree.ts';

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
    const after = contentBytes(file);
    try {
      const before = readOwn(root, file.path, folders);
      if (before === undefined) created.push(file);
      else if (before.equals(after)) unchanged += 1;
      else if (owned.has(file.path)) changed.push({ path: file.path, before, file });
      else errors.push(notOwned(file));
    } catch (error) {
      errors.push(asTreeError(error, file));
    }
  }
  for (const stale of owned) {
    if (tree.has(stale)) continue;
    try {
      const before = readOwn(root, stale, folders);
      if (before !== undefined) deleted.push({ path: stale, before });
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

function readOwn(root: string, file: string, folders: FolderCheck): Buffer | undefined {
  if (!folders.exists(path.posix.dirname(file))) return undefined;
  const absolute = path.join(root, file);
  let descriptor: number;
  try {
    descriptor = fs.openSync(absolute, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ELOOP') throw new WrongKindError(file, 'symlink');
    throw error;
  }
  try {
    const status = fs.fstatSync(descriptor);
    if (status.isDirectory()) throw new WrongKindError(file, 'folder');
    if (!status.isFile()) throw new WrongKindError(file, 'special file');
    return fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
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
