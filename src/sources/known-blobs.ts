import fs from 'node:fs';
import { type ArtifactWriter, isIntact, type StoredArtifact } from './artifact-file.ts';
import type { NamedFile, SourceTree } from './source-tree.ts';
import { onDisk, type Storage } from './storage.ts';

/**
 * Copies the files whose bytes an artifact of this storage has already: between two commits few files differ, and a copy
 * costs a fraction of what reading the object from git and hashing it does.
 *
 * @returns the files that are still to be written
 */
export function copyKnown(storage: Storage, writer: ArtifactWriter, tree: SourceTree): readonly NamedFile[] {
  const others: NamedFile[] = [];
  const opened = new Map<string, number | undefined>();
  try {
    onDisk(() => {
      for (const [name, file] of tree.files) {
        const known = 'object' in file.content ? storage.blobs.get(file.content.object) : undefined;
        const from = known && descriptorOf(known.artifact, opened);
        if (known === undefined || from === undefined || !isIntact(from, known.entry)) others.push([name, file]);
        else writer.copy(name, file.executable, from, known.entry);
      }
    });
    return others;
  } finally {
    for (const descriptor of opened.values()) if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** Undefined where the artifact is gone; what lies there may be another one. */
function descriptorOf({ file }: StoredArtifact, opened: Map<string, number | undefined>): number | undefined {
  if (!opened.has(file)) opened.set(file, fs.existsSync(file) ? fs.openSync(file, 'r') : undefined);
  return opened.get(file);
}

/** Notes where an artifact has the objects of git that it was made of. */
export function rememberBlobs(storage: Storage, artifact: StoredArtifact, tree: SourceTree): void {
  for (const [name, { content }] of tree.files) {
    const entry = artifact.entries.get(name);
    if ('object' in content && entry !== undefined) storage.blobs.set(content.object, { artifact, entry });
  }
}
