import fs from 'node:fs';
import path from 'node:path';
import type { DigestEntry } from './artifact-digest.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';
import { type FileDigests, onDisk, type Storage } from './storage.ts';

type NamedFile = readonly [name: string, file: SourceFile];

/**
 * Links the files whose bytes an artifact of this storage has already: between two commits few files differ, and a link
 * costs a fraction of what reading the object from git, writing and hashing it does.
 *
 * @returns what was linked, and the files that are still to be written
 */
export function linkKnown(
  storage: Storage,
  target: string,
  tree: SourceTree,
): { readonly linked: readonly DigestEntry[]; readonly others: readonly NamedFile[] } {
  const linked: DigestEntry[] = [];
  const others: NamedFile[] = [];
  onDisk(() => {
    for (const [name, file] of tree.files) {
      const key = keyOf(file);
      const known = key === undefined ? undefined : storage.blobs.get(key);
      if (known === undefined || !isLinked(known.file, path.join(target, name))) others.push([name, file]);
      else linked.push({ path: name, mode: file.executable ? 'x' : '-', content: known.content });
    }
  });
  return { linked, others };
}

/** Notes where an artifact has the objects of git that it was made of. */
export function rememberBlobs(storage: Storage, folder: string, tree: SourceTree, digests: FileDigests): void {
  for (const [name, file] of tree.files) {
    const key = keyOf(file);
    const content = digests.get(name);
    if (key !== undefined && content !== undefined) {
      storage.blobs.set(key, { file: path.join(folder, name), content });
    }
  }
}

/** The id of an object is of its content; the mode is of the file. Files of a working tree are not ours to link. */
function keyOf({ content, executable }: SourceFile): string | undefined {
  return 'object' in content ? `${content.object}${executable ? 'x' : '-'}` : undefined;
}

/** False where the file is gone, or has as many links as its file system allows. */
function isLinked(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}
