/** Where the real programs are: those that `npm run tools` built, or a user's own on PATH. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folder that `npm run tools` builds into; git ignores it. */
export const BIN = join(import.meta.dirname, '..', 'sandbox', 'tools', 'bin');

/** Path of the program that `npm run tools` built, or undefined where it did not. */
export function findBuiltTool(name: string, bin = BIN): string | undefined {
  const path = join(bin, name);
  return isExecutable(path) ? path : undefined;
}

/** Path of the program: the built one, else the first on PATH, else undefined. */
export function findTool(name: string, bin = BIN, path = process.env.PATH ?? ''): string | undefined {
  const built = findBuiltTool(name, bin);
  if (built !== undefined) return built;
  // An empty entry of PATH means the working directory to a shell; a program is never taken from there.
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
