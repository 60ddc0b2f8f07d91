import fs from 'node:fs';
import path from 'node:path';
import { formatError, SlipwayError, SlipwayErrors } from '../../errors.ts';
import { DiskTree } from '../../render/index.ts';
import type { Io } from '../command.ts';
import { programLines } from '../program-lines.ts';
import type { LinesOf } from './places.ts';
import type { Side } from './side.ts';

/**
 * Tells the lines of TypeScript that made an object of a side. The program of the project is the one that is in the working
 * tree, so of a revision this is told only of files that stand there as they do in the revision. A program that cannot be run is a
 * warning: the differences are the same without it.
 */
export function sideLines({ tree }: Side, repository: string | undefined, io: Io): LinesOf {
  const directory = tree instanceof DiskTree ? tree.root : repository;
  if (directory === undefined) return () => Promise.resolve([]);
  const lines = programLines(directory, io.cwd);
  let hasFailed = false;
  return async (file, object) => {
    if (hasFailed || !(tree instanceof DiskTree || isOnDisk(path.join(directory, file), tree.read(file)))) return [];
    try {
      return await lines(file, object);
    } catch (error) {
      const [first] = error instanceof SlipwayErrors ? error.errors : [error];
      if (!(first instanceof SlipwayError)) throw error;
      hasFailed = true;
      // Whoever stopped using Slipway keeps the tree, and needs no program.
      if (first.code !== 'cli/no-program') {
        io.stderr.write(`Lines of TypeScript are not shown: ${formatError(first, 'warning')}\n`);
      }
      return [];
    }
  };
}

function isOnDisk(file: string, content: Buffer | undefined): boolean {
  if (content === undefined || fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return fs.readFileSync(file).equals(content);
}
