import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { compareTree, isUnchanged, type TreeChanges } from './compare.ts';
import { refuseHandEdits } from './hand-edits.ts';
import { digestOf, readLastWritten, writeLastWritten, type LastWritten } from './last-written.ts';
import { withLock } from './lock.ts';
import { OWNERSHIP_FILE, formatOwnership, parseOwnership } from './ownership.ts';
import type { Tree, TreeFile } from './tree.ts';

export interface TreeLocation {
  /** Absolute path of the folder that holds the tree. */
  readonly root: string;
  /** Absolute path of a folder, ignored by git and on the same file system, for the lock and what is staged. */
  readonly stateDirectory: string;
}

/**
 * Compares and refuses what a write would refuse, and writes nothing.
 *
 * @throws SlipwayErrors as {@link compareTree} and {@link refuseHandEdits}
 */
export function checkTree(tree: Tree, location: TreeLocation): TreeChanges {
  const changes = compareTree(tree, location.root);
  refuseHandEdits(changes, location.root, location.stateDirectory);
  return changes;
}

/**
 * Brings the folder up to date: writes what differs, deletes what synth once wrote and no longer makes, and touches
 * nothing else. Where nothing differs, nothing is written at all.
 *
 * Every new content is staged in full before the first file of the tree moves, and each moves by a rename. A process
 * killed anywhere leaves whole files only, and the next run finishes its work: the ownership list names new files
 * before they appear, and the record of what was written holds both the old and the new content meanwhile.
 *
 * @throws SlipwayErrors as {@link checkTree}; SlipwayError `tree/unwritable`, `tree/disk-full`, after which the tree is
 *   as it was
 */
export function writeTree(tree: Tree, location: TreeLocation): TreeChanges {
  const { root, stateDirectory } = location;
  const staging = path.join(stateDirectory, 'staging');
  const glance = lookAt(tree, root);
  if (glance !== undefined && isUnchanged(glance) && !fs.existsSync(staging)) return glance;
  try {
    fs.mkdirSync(stateDirectory, { recursive: true });
    fs.writeFileSync(path.join(stateDirectory, '.gitignore'), '*\n');
    return withLock(stateDirectory, () => {
      const changes = checkTree(tree, location);
      if (!isUnchanged(changes)) applyChanges(changes, tree, root, stateDirectory, staging);
      fs.rmSync(staging, { recursive: true, force: true });
      return changes;
    });
  } catch (error) {
    throw asWriteError(error);
  }
}

/** Without the lock, what another process is writing may look like an error: it is looked at again with the lock. */
function lookAt(tree: Tree, root: string): TreeChanges | undefined {
  try {
    return compareTree(tree, root);
  } catch {
    return undefined;
  }
}

function applyChanges(changes: TreeChanges, tree: Tree, root: string, stateDirectory: string, staging: string): void {
  const written = [...changes.created, ...changes.changed.map(({ file }) => file)];
  const undo: (() => void)[] = [];
  try {
    fs.rmSync(staging, { recursive: true, force: true });
    fs.mkdirSync(staging, { recursive: true });
    written.forEach((file, index) => {
      fs.writeFileSync(path.join(staging, String(index)), file.content);
    });
    const before = readLastWritten(stateDirectory);
    writeLastWritten(stateDirectory, union(before, written, changes));
    makeFolders(written, root, undo);
    replaceOwnership(root, staging, unionOfOwners(changes, tree), changes.ownershipBefore, undo);
    written.forEach((file, index) => {
      moveIntoPlace(path.join(staging, String(index)), path.join(root, file.path), staging, undo);
    });
    for (const stale of changes.deleted) removeFile(path.join(root, stale.path), stale.before, undo);
    replaceOwnership(root, staging, changes.ownershipAfter, unionOfOwners(changes, tree), undo);
    writeLastWritten(stateDirectory, afterwards(before, written, tree));
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    attempt(() => {
      fs.rmSync(staging, { recursive: true, force: true });
    });
    throw error;
  }
  removeEmptyFolders(changes, root);
}

/** Both what the files held and what they will hold: until the last rename either may be found. */
function union(before: LastWritten, written: readonly TreeFile[], changes: TreeChanges): LastWritten {
  const all = new Map([...before].map(([file, digests]) => [file, new Set(digests)]));
  const add = (file: string, digest: string): void => {
    const known = all.get(file);
    if (known) known.add(digest);
    else all.set(file, new Set([digest]));
  };
  for (const { path: file, before: content } of [...changes.changed, ...changes.deleted]) add(file, digestOf(content));
  for (const file of written) add(file.path, digestOf(file.content));
  return all;
}

function afterwards(before: LastWritten, written: readonly TreeFile[], tree: Tree): LastWritten {
  const kept = new Map([...before].filter(([file]) => tree.has(file)));
  for (const file of written) kept.set(file.path, new Set([digestOf(file.content)]));
  return kept;
}

function unionOfOwners(changes: TreeChanges, tree: Tree): string {
  const before = changes.ownershipBefore === undefined ? [] : parseOwnership(changes.ownershipBefore);
  return formatOwnership(new Set([...before, ...tree.keys()]));
}

function makeFolders(files: readonly TreeFile[], root: string, undo: (() => void)[]): void {
  for (const folder of new Set([root, ...files.map((file) => path.dirname(path.join(root, file.path)))])) {
    const first = fs.mkdirSync(folder, { recursive: true });
    if (first !== undefined) {
      undo.push(() => {
        removeEmptyUpwards(folder, path.dirname(first));
      });
    }
  }
}

function replaceOwnership(
  root: string,
  staging: string,
  after: string,
  before: string | undefined,
  undo: (() => void)[],
): void {
  if (after === before) return;
  const staged = path.join(staging, 'ownership');
  fs.writeFileSync(staged, after);
  moveIntoPlace(staged, path.join(root, OWNERSHIP_FILE), staging, undo);
}

/** The old file is kept by a second name until all is done, so that it comes back whole if a later step fails. */
function moveIntoPlace(staged: string, target: string, staging: string, undo: (() => void)[]): void {
  const kept = path.join(staging, `kept-${undo.length}`);
  let existed = true;
  try {
    fs.linkSync(target, kept);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    existed = false;
  }
  fs.renameSync(staged, target);
  undo.push(() => {
    if (existed) fs.renameSync(kept, target);
    else fs.rmSync(target, { force: true });
  });
}

function removeFile(target: string, content: Uint8Array, undo: (() => void)[]): void {
  fs.rmSync(target);
  undo.push(() => {
    fs.writeFileSync(target, content);
  });
}

function removeEmptyFolders(changes: TreeChanges, root: string): void {
  for (const { path: file } of changes.deleted) removeEmptyUpwards(path.dirname(path.join(root, file)), root);
}

/** Removes a folder and those above it, up to but not including `top`, as long as they are empty. */
function removeEmptyUpwards(folder: string, top: string): void {
  for (let current = folder; current !== top && current.startsWith(top); current = path.dirname(current)) {
    try {
      fs.rmdirSync(current);
    } catch {
      return; // Not empty, or gone already.
    }
  }
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The error that led here is the one to report.
  }
}

function asWriteError(error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const file = (error as NodeJS.ErrnoException).path;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new SlipwayError({
    code: full ? 'tree/disk-full' : 'tree/unwritable',
    message: full
      ? 'The disk is full; the tree is as it was before.'
      : `The tree cannot be written (${code}); it is as it was before.`,
    remedy: full ? 'Make room, then synthesize again.' : 'Make the folder writable, then synthesize again.',
    place: { file },
    exitStatus: 3,
    cause: error,
  });
}
