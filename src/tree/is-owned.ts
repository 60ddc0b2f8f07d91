import fs from 'node:fs';
import path from 'node:path';
import { OWNERSHIP_FILE, parseOwnership } from './ownership.ts';

/**
 * Makes a function that tells whether synth wrote a file: whether the ownership list of a folder above names it. The lists
 * are read once.
 *
 * @throws SlipwayError `tree/ownership-list`, by the function
 */
export function ownershipLookup(): (file: string) => boolean {
  const lists = new Map<string, ReadonlySet<string> | undefined>();
  const listOf = (folder: string): ReadonlySet<string> | undefined => {
    if (!lists.has(folder)) lists.set(folder, readList(folder));
    return lists.get(folder);
  };
  return (file) => {
    const full = path.resolve(file);
    for (let folder = path.dirname(full); ; folder = path.dirname(folder)) {
      if (listOf(folder)?.has(path.relative(folder, full).replaceAll(path.sep, '/')) === true) return true;
      if (path.dirname(folder) === folder) return false;
    }
  };
}

function readList(folder: string): ReadonlySet<string> | undefined {
  const file = path.join(folder, OWNERSHIP_FILE);
  if (!fs.existsSync(file)) return undefined;
  return parseOwnership(fs.readFileSync(file, 'utf8')).paths;
}
