import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryTree } from '../../src/flux/index.ts';

/** A folder on disk as data, without symlinks, as an artifact has none. */
export function readTree(root: string): MemoryTree {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new MemoryTree(files.map((file) => [file.slice(root.length + 1), readFileSync(file)] as const));
}
