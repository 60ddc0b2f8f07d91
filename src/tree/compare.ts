import { SlipwayError, SlipwayErrors, systemCode } from '../errors.ts';
import { OWNERSHIP_FILE, formatOwnership, parseOwnership, type Ownership } from './ownership.ts';
import { FolderCheck, WrongKindError, readUnlessEqual } from './read-plain.ts';
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
  /** Of those, what is no plain file any more, as `path is a folder`: it is left alone, and no longer synth's own. */
  readonly abandoned: readonly string[];
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
 * @param owner whose tree it is: that of another is not touched
 * @throws SlipwayErrors of `tree/not-owned`, `tree/not-a-file`, `tree/symlink`, `tree/ownership-list`,
 *   `tree/other-owner`, `tree/unreadable`
 */
export function compareTree(tree: Tree, root: string, owner: string): TreeChanges {
  const folders = new FolderCheck(root);
  const problems = new Problems();
  const ownershipBefore = problems.guard({ path: OWNERSHIP_FILE, origins: [] }, () => {
    const list = readUnlessEqual(root, OWNERSHIP_FILE, undefined, folders);
    return list instanceof Uint8Array ? Buffer.from(list).toString('utf8') : undefined;
  });
  const owned: Ownership =
    ownershipBefore === undefined ? { owner: undefined, paths: new Set() } : parseOwnership(ownershipBefore);
  if (owned.owner !== undefined && owned.owner !== owner) throw new SlipwayErrors([otherOwner(owned.owner, owner)]);
  const created: TreeFile[] = [];
  const changed: (Replaced & { file: TreeFile })[] = [];
  const deleted: Replaced[] = [];
  const abandoned: string[] = [];
  let unchanged = 0;

  for (const file of tree.values()) {
    problems.guard(file, () => {
      const before = readUnlessEqual(root, file.path, file.content, folders);
      if (before === 'equal') unchanged += 1;
      else if (before === undefined) created.push(file);
      else if (owned.paths.has(file.path)) changed.push({ path: file.path, before, file });
      else problems.add(notOwned(file));
    });
  }
  for (const stale of owned.paths) {
    if (tree.has(stale)) continue;
    problems.guard({ path: stale, origins: [] }, () => {
      try {
        const before = readUnlessEqual(root, stale, undefined, folders);
        if (before !== undefined && before !== 'equal') deleted.push({ path: stale, before });
      } catch (error) {
        if (!(error instanceof WrongKindError)) throw error;
        abandoned.push(error.message);
      }
    });
  }
  problems.throwAny();
  const ownershipAfter = formatOwnership(owner, tree.keys());
  return { created, changed, deleted, abandoned, unchanged, ownershipBefore, ownershipAfter };
}

/** Collects what is wrong, each thing that stands in the way once. */
class Problems {
  readonly #errors: SlipwayError[] = [];
  readonly #inTheWay = new Set<string>();

  add(error: SlipwayError): void {
    this.#errors.push(error);
  }

  guard<Result>(file: Pick<TreeFile, 'path' | 'origins'>, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof WrongKindError)) {
        this.add(unreadable(error, file));
      } else if (!this.#inTheWay.has(error.path)) {
        this.#inTheWay.add(error.path);
        this.add(wrongKind(error, file));
      }
      return undefined;
    }
  }

  throwAny(): void {
    if (this.#errors.length > 0) throw new SlipwayErrors(this.#errors);
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

function otherOwner(before: string, owner: string): SlipwayError {
  return new SlipwayError({
    code: 'tree/other-owner',
    message: `The tree is that of ${before}, and this program describes ${owner}.`,
    remedy: `Give each Cluster a \`directory\` of its own; if it was renamed, change the name in the first line of ${OWNERSHIP_FILE}.`,
    place: { file: OWNERSHIP_FILE, line: 1 },
  });
}

function wrongKind(error: WrongKindError, file: Pick<TreeFile, 'path' | 'origins'>): SlipwayError {
  const what = error.path === '.' ? 'the folder of the tree' : error.path;
  return new SlipwayError({
    code: error.found === 'symlink' ? 'tree/symlink' : 'tree/not-a-file',
    message: `Synth would write this file, but ${what} is a ${error.found}.`,
    remedy: `Move ${what} away, then synthesize again.`,
    place: placeOf(file),
  });
}

function unreadable(error: unknown, file: Pick<TreeFile, 'path' | 'origins'>): SlipwayError {
  return new SlipwayError({
    code: 'tree/unreadable',
    message: `The file cannot be read (${systemCode(error) ?? String(error)}).`,
    remedy: 'Make the file and its folders readable, then synthesize again.',
    place: placeOf(file),
    exitStatus: 3,
    cause: error,
  });
}

export function placeOf(file: Pick<TreeFile, 'path' | 'origins'>): SlipwayError['place'] {
  const origin = file.origins[0];
  return { file: file.path, object: origin?.object, source: origin?.source()[0] };
}
