import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../src/errors.ts';

/** Why a file or folder cannot be taken as one of the project, the end of a sentence. */
export function whyNotReadable(source: string, project: string): string | undefined {
  try {
    const real = fs.realpathSync(source);
    return isInside(real, fs.realpathSync(project)) ? undefined : 'it leads out of the project';
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? 'it does not exist'
      : `it cannot be read (${systemCode(error) ?? 'unknown'})`;
  }
}

export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** Regular files only: a symlink in a folder could lead out of the project. */
export function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
}

export function isManifest(file: string): boolean {
  return /\.ya?ml$/.test(file);
}
