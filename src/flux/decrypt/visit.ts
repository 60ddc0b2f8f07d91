import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { type FileTree, resolvePath } from '../file-tree.ts';
import { KUSTOMIZATION_FILES, strings } from '../kustomize/kustomization.ts';

export interface VisitedKustomization {
  readonly folder: string;
  readonly kustomization: JsonObject;
}

/**
 * The kustomization of a folder and those of the folders that its `resources` and `components` name, and so on, each once
 * (KC: recurseKustomizationFiles). `bases` are not visited. What cannot be read is left to the build, which says why.
 */
export function visitKustomizations(tree: FileTree, folder: string): readonly VisitedKustomization[] {
  const seen = new Set<string>();
  const visited: VisitedKustomization[] = [];
  const visit = (at: string): void => {
    if (seen.has(at) || !tree.isFolder(at)) return;
    seen.add(at);
    const kustomization = load(tree, at);
    if (kustomization === undefined) return;
    visited.push({ folder: at, kustomization });
    for (const name of [...strings(kustomization.resources), ...strings(kustomization.components)]) {
      const path = resolvePath(at, name);
      if (path !== undefined && !name.startsWith('/')) visit(path);
    }
  };
  visit(folder);
  return visited;
}

function load(tree: FileTree, folder: string): JsonObject | undefined {
  for (const name of KUSTOMIZATION_FILES) {
    const file = folder === '' ? name : `${folder}/${name}`;
    const content = tree.read(file);
    if (content === undefined) continue;
    try {
      const value = readDocument(content, { file, dialect: 'sigs' })?.value;
      return isObject(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
