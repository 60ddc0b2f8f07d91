import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { FileTree } from '../../flux/index.ts';
import { DiskTree, readGitTree } from '../../render/index.ts';

/** What is compared: a folder, or a revision of the repository. */
export interface Side {
  readonly tree: FileTree;
  /** As a person calls it. */
  readonly name: string;
  /** Of a revision: its commit. */
  readonly commit?: string;
}

const SHORT = 7;

/** `main (3f2a1b9)`; of a revision that is named by its hash that alone. */
export function sideText({ name, commit }: Pick<Side, 'name' | 'commit'>): string {
  return commit === undefined || commit.startsWith(name) ? name : `${name} (${commit.slice(0, SHORT)})`;
}

/** A folder where there is one of that name, else a revision. */
export function treeOf(side: string, repository: string | undefined, cwd: string): Side {
  const folder = path.resolve(cwd, side);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
    return { tree: new DiskTree(fs.realpathSync(folder)), name: folder === repository ? 'working tree' : side };
  }
  if (repository === undefined) throw wrongUse(`There is no folder ${side}, and this is no git repository.`);
  const tree = readGitTree(repository, side);
  return { tree, name: side === tree.commit ? side.slice(0, SHORT) : side, commit: tree.commit };
}

function wrongUse(message: string): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy: 'Run `slipway diff --help`.', exitStatus: 2 });
}
