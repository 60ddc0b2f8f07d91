import { SlipwayError } from '../../errors.ts';
import { readSopsFile, type SopsFile } from '../../sops/index.ts';
import { type FileTree, resolvePath } from '../file-tree.ts';
import { strings } from '../kustomize/kustomization.ts';
import { hasMarker } from './format.ts';
import type { VisitedKustomization } from './visit.ts';

export type SealedManifests = ReadonlyMap<string, SopsFile | SlipwayError>;

type Found = readonly [mac: string, sealed: SopsFile | SlipwayError];

/**
 * The encrypted manifests that kustomizations name, as they stand in git, by their MAC. kustomize changes an object on its
 * way and leaves its `sops.mac`, which is like no other: so an object leads to its file, and the MAC can be verified there.
 * Of a file whose metadata cannot be read, why.
 */
export function sealedManifests(tree: FileTree, kustomizations: readonly VisitedKustomization[]): SealedManifests {
  const found = new Map<string, SopsFile | SlipwayError>();
  for (const { folder, kustomization } of kustomizations) {
    for (const name of strings(kustomization.resources)) {
      const file = resolvePath(folder, name);
      const content = file === undefined ? undefined : tree.read(file);
      if (file === undefined || content === undefined) continue;
      for (const [mac, sealed] of sealedDocuments(content, file)) found.set(mac, sealed);
    }
  }
  return found;
}

/**
 * What of a file was encrypted in one go. Of several documents sops makes one file, with the same metadata in each; whoever
 * puts encrypted files one behind the other makes documents that sops no longer reads, and Flux still does.
 */
function sealedDocuments(content: Buffer, file: string): readonly Found[] {
  if (file.endsWith('.json')) {
    const [, mac] = /"mac":\s*"(ENC\[[^"]+)"/.exec(content.toString()) ?? [];
    return mac === undefined ? [] : [[mac, read(content, 'json', file)]];
  }
  if (!hasMarker(content, 'yaml')) return [];
  const texts = content.toString().split(/^---[ \t]*\r?\n/m);
  const macs = texts.map((text) => /^\s+mac: (ENC\[\S+\])/m.exec(text)?.[1]);
  const [mac, ...others] = new Set(macs.filter((one) => one !== undefined));
  if (mac !== undefined && others.length === 0) return [[mac, read(content, 'yaml', file)]];
  return texts.flatMap((text, at): readonly Found[] => {
    const own = macs[at];
    if (own === undefined) return [];
    // Blank lines for those before it, so that places are those of the file.
    const before = texts.slice(0, at).map((other) => `${other.replaceAll(/[^\n]/g, '')}\n`);
    return [[own, read(Buffer.from(before.join('') + text), 'yaml', file)]];
  });
}

function read(content: Buffer, format: 'yaml' | 'json', file: string): SopsFile | SlipwayError {
  try {
    return readSopsFile(content, format, file);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
}
