import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { applyChanges } from './apply-changes.ts';
import { compareTree, isUnchanged, placeOf, type TreeChanges } from './compare.ts';
import { refuseHandEdits } from './hand-edits.ts';
import { withLock } from './lock.ts';
import type { Tree } from './tree.ts';

export interface TreeLocation {
  /** Absolute path of the folder that holds the tree. */
  readonly root: string;
  /** Absolute path of a folder, ignored by git and on the same file system, for the lock and what is staged. */
  readonly stateDirectory: string;
  /** Whose tree it is, a word. */
  readonly owner: string;
}

/**
 * Compares and refuses what a write would refuse, and writes nothing.
 *
 * @throws SlipwayErrors as {@link compareTree} and {@link refuseHandEdits}
 */
export function checkTree(tree: Tree, location: TreeLocation): TreeChanges {
  const changes = compareTree(tree, location.root, location.owner);
  refuseHandEdits(changes, location.root, location.stateDirectory);
  return changes;
}

/**
 * Brings the folder up to date: writes what differs, deletes what synth once wrote and no longer makes, and touches
 * nothing else. Where nothing differs, nothing is written at all.
 *
 * A process killed anywhere leaves whole files only, and the next run finishes its work ({@link applyChanges}).
 *
 * @throws SlipwayErrors as {@link checkTree}; SlipwayError `tree/unwritable`, `tree/disk-full`, `tree/working-files`,
 *   after which the tree is as it was; `tree/half-written` where it is not
 */
export function writeTree(tree: Tree, location: TreeLocation): TreeChanges {
  const { stateDirectory } = location;
  const staging = path.join(stateDirectory, 'staging');
  const glance = lookAt(tree, location);
  if (glance !== undefined && isUnchanged(glance) && !fs.existsSync(staging)) return glance;
  try {
    prepareWorkingFolder(stateDirectory);
    return withLock(stateDirectory, () => {
      const changes = checkTree(tree, location);
      try {
        if (!isUnchanged(changes)) applyChanges(changes, tree, location, staging);
      } finally {
        fs.rmSync(staging, { recursive: true, force: true });
      }
      return changes;
    });
  } catch (error) {
    throw asWriteError(error, tree, location);
  }
}

/** Makes the folder for working files, which git passes over. */
export function prepareWorkingFolder(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, '.gitignore'), '*\n');
}

/** Without the lock, what another process is writing may look like an error: it is looked at again with the lock. */
function lookAt(tree: Tree, { root, owner }: TreeLocation): TreeChanges | undefined {
  try {
    return compareTree(tree, root, owner);
  } catch {
    return undefined;
  }
}

function asWriteError(error: unknown, tree: Tree, { root, stateDirectory }: TreeLocation): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const { path: from, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const where = dest !== undefined && !isBelow(dest, stateDirectory) ? dest : (from ?? root);
  const file = tree.get(path.relative(root, where));
  const place = file === undefined ? { file: where } : placeOf(file);
  const problem = { place, exitStatus: 3 as const, cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SlipwayError({
      ...problem,
      code: 'tree/disk-full',
      message: 'The disk is full; the tree is as it was before.',
      remedy: 'Make room, then synthesize again.',
    });
  }
  if (code === 'EXDEV' || isBelow(where, stateDirectory)) {
    return new SlipwayError({
      ...problem,
      code: 'tree/working-files',
      message: `Synth cannot work in ${stateDirectory} (${code}); the tree is as it was before.`,
      remedy:
        'It must be a folder that you may write to, on the same file system as the tree: move away what is there.',
    });
  }
  return new SlipwayError({
    ...problem,
    code: 'tree/unwritable',
    message: `The file cannot be written (${code}); the tree is as it was before.`,
    remedy: `Make ${path.dirname(where)} writable, then synthesize again.`,
  });
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}${path.sep}`);
}
