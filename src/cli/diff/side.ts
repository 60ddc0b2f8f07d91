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
}

/** A folder where there is one of that name, else a revision. */
export function treeOf(side: string, repository: string | undefined, cwd: string): Side {
  const folder = path.resolve(cwd, side);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
    return { tree: new DiskTree(fs.realpathSync(folder)), name: folder === repository ? 'working tree' : side };
  }
  if (repository === undefined) throw wrongUse(`There is no folder ${side}, and this is no git repository.`);
  const name = /^[0-9a-f]{40}$/.test(side) ? side.slice(0, 12) : side;
  return { tree: readGitTree(repository, side), name };
}

function wrongUse(message: string): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy: 'Run `slipway diff --help`.', exitStatus: 2 });
}
