import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import type { TreeChanges } from './compare.ts';
import { digestOf, readLastWritten, writeLastWritten, type LastWritten } from './last-written.ts';
import { OWNERSHIP_FILE, formatOwnership, parseOwnership } from './ownership.ts';
import type { Tree, TreeFile } from './tree.ts';
import type { TreeLocation } from './write.ts';

/**
 * Makes the changes on disk. Every new content is staged before the first file of the tree moves; from there on there
 * are renames only, which need no room, and each of them can be undone by another.
 *
 * @param staging a folder that does not matter afterwards, on the file system of the tree
 * @throws the system's error, after which the tree is as it was; SlipwayError `tree/half-written` if it is not
 */
export function applyChanges(changes: TreeChanges, tree: Tree, location: TreeLocation, staging: string): void {
  const { root, stateDirectory } = location;
  const written = [...changes.created, ...changes.changed.map(({ file }) => file)];
  const moves = new Moves(staging);
  fs.rmSync(staging, { recursive: true, force: true });
  fs.mkdirSync(staging, { recursive: true });
  written.forEach((file, index) => {
    fs.writeFileSync(path.join(staging, String(index)), file.content);
  });
  // Until the last rename the list names old files and new ones, and the record holds both contents of each.
  const ownership = path.join(root, OWNERSHIP_FILE);
  fs.writeFileSync(path.join(staging, 'owned-meanwhile'), ownedMeanwhile(changes, tree, location));
  fs.writeFileSync(path.join(staging, 'owned-after'), changes.ownershipAfter);
  const before = readLastWritten(stateDirectory);
  writeLastWritten(stateDirectory, writtenMeanwhile(before, written, changes));
  try {
    makeFolders(written, root, moves);
    moves.replace(path.join(staging, 'owned-meanwhile'), ownership);
    written.forEach((file, index) => {
      moves.replace(path.join(staging, String(index)), path.join(root, file.path));
    });
    for (const stale of changes.deleted) moves.takeAway(path.join(root, stale.path));
    moves.replace(path.join(staging, 'owned-after'), ownership);
    writeLastWritten(stateDirectory, writtenAfter(before, written, tree));
  } catch (error) {
    moves.undo(error);
    throw error;
  }
  for (const { path: file } of changes.deleted) removeEmptyUpwards(path.dirname(path.join(root, file)), root);
}

/** Renames, each remembered with its way back. What was there before is kept in the staging folder. */
class Moves {
  readonly #staging: string;
  readonly #back: (() => void)[] = [];

  constructor(staging: string) {
    this.#staging = staging;
  }

  /** Puts a staged file in the place of another, whose mode it takes; the place is never empty. */
  replace(staged: string, target: string): void {
    const kept = this.#keep();
    const status = fs.lstatSync(target, { throwIfNoEntry: false });
    if (status !== undefined) {
      fs.chmodSync(staged, status.mode & 0o777);
      fs.linkSync(target, kept);
    }
    fs.renameSync(staged, target);
    this.remember(() => {
      if (status === undefined) fs.rmSync(target, { force: true });
      else fs.renameSync(kept, target);
    });
  }

  takeAway(target: string): void {
    const kept = this.#keep();
    fs.renameSync(target, kept);
    this.remember(() => {
      fs.renameSync(kept, target);
    });
  }

  remember(back: () => void): void {
    this.#back.push(back);
  }

  /** @throws SlipwayError `tree/half-written` if a way back fails */
  undo(cause: unknown): void {
    const failed = this.#back.reverse().filter((back) => !succeeds(back));
    if (failed.length === 0) return;
    throw new SlipwayError({
      code: 'tree/half-written',
      message: `The tree could not be written (${systemCode(cause) ?? String(cause)}), and ${failed.length} of its files could not be put back.`,
      remedy: 'Mend the disk, then synthesize again, which finishes the work; or `git checkout` the tree.',
      exitStatus: 3,
      cause,
    });
  }

  #keep(): string {
    return path.join(this.#staging, `kept-${this.#back.length}`);
  }
}

function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

function makeFolders(files: readonly TreeFile[], root: string, moves: Moves): void {
  for (const folder of new Set([root, ...files.map((file) => path.dirname(path.join(root, file.path)))])) {
    const first = fs.mkdirSync(folder, { recursive: true });
    if (first === undefined) continue;
    moves.remember(() => {
      removeEmptyUpwards(folder, path.dirname(first));
    });
  }
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

function ownedMeanwhile(changes: TreeChanges, tree: Tree, { owner }: TreeLocation): string {
  const before = changes.ownershipBefore === undefined ? [] : parseOwnership(changes.ownershipBefore).paths;
  return formatOwnership(owner, new Set([...before, ...tree.keys()]));
}

function writtenMeanwhile(before: LastWritten, written: readonly TreeFile[], changes: TreeChanges): LastWritten {
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

function writtenAfter(before: LastWritten, written: readonly TreeFile[], tree: Tree): LastWritten {
  const kept = new Map([...before].filter(([file]) => tree.has(file)));
  for (const file of written) kept.set(file.path, new Set([digestOf(file.content)]));
  return kept;
}
