import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { Arguments, Io } from '../command.ts';

/** @throws SlipwayError `cli/usage` where there are more */
export function atMostOne({ operands }: Arguments, command: string, example: string): string | undefined {
  const [first, second] = operands;
  if (second === undefined) return first;
  throw new SlipwayError({
    code: 'cli/usage',
    message: `\`slipway ${command}\` takes at most one object, and ${JSON.stringify(second)} is another.`,
    remedy: `For example: ${example}`,
    exitStatus: 2,
  });
}

/** `--dir`, absolute. @throws SlipwayError `cli/usage` where there is no such folder */
export function directoryOf({ options }: Arguments, { cwd }: Io): string | undefined {
  if (typeof options.dir !== 'string') return undefined;
  const folder = path.resolve(cwd, options.dir);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new SlipwayError({
    code: 'cli/usage',
    message: `There is no folder ${folder}.`,
    remedy: 'Name by --dir a checkout of the repository that the cluster is kept from.',
    exitStatus: 2,
  });
}
