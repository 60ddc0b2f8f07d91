import fs from 'node:fs';
import path from 'node:path';
import type { Manifests } from './manifests.ts';
import type { Applied } from './rules/index.ts';
import { filesBelow, isInside, isManifest, whyNotReadable } from './project-files.ts';
import type { TreeBuilder } from './tree-builder.ts';

/**
 * Takes hand-written manifests into a folder of the tree.
 *
 * @returns what the folder's kustomization.yaml has to list for them
 */
export function copyManifests(
  manifests: Manifests,
  folder: string,
  builder: TreeBuilder,
  kustomization?: Applied,
): string[] {
  const { cluster } = builder;
  const source = path.resolve(cluster.project, manifests.path);
  const tree = path.join(cluster.project, cluster.directory);
  const problem = whyNotReadable(source, cluster.project);
  if (problem !== undefined) {
    builder.report(manifests, {
      code: 'synth/manifests',
      message: `The hand-written manifests at ${manifests.path} cannot be taken: ${problem}.`,
      remedy: 'Give the path of a file or a folder of the project, relative to it.',
    });
    return [];
  }
  const isFolder = fs.statSync(source).isDirectory();
  const unfit = isFolder ? whyNotAFolder(source, isInside(source, tree)) : whyNotAFile(source);
  if (unfit !== undefined) {
    builder.report(manifests, {
      code: 'synth/manifests',
      message: `The hand-written manifests at ${manifests.path} cannot be taken: ${unfit}.`,
      remedy: 'kustomize takes YAML files, and folders with a kustomization.yaml.',
    });
    return [];
  }
  const projectPath = (file: string): string => path.relative(cluster.project, file).replaceAll(path.sep, '/');
  if (isInside(source, tree)) {
    const own = path.relative(tree, source).replaceAll(path.sep, '/');
    const written = { source: projectPath(source), content: isFolder ? Buffer.of() : fs.readFileSync(source) };
    if (isFolder) builder.hasUnknownObjects = true;
    else builder.readManifests(own, written, manifests, kustomization);
    const relative = path.posix.relative(folder, path.relative(tree, source));
    return [relative.startsWith('.') ? relative : `./${relative}`];
  }
  const target = isFolder ? `${folder}/${manifests.node.id}` : folder;
  const files = isFolder ? filesBelow(source) : [path.basename(source)];
  const bases = files.filter(isKustomization).map((file) => path.posix.dirname(file));
  if (bases.length > 0) builder.hasUnknownObjects = true;
  const isBuilt = (file: string): boolean => bases.some((base) => base === '.' || file.startsWith(`${base}/`));
  for (const file of files) {
    const from = isFolder ? path.join(source, file) : source;
    const content = fs.readFileSync(from);
    // A kustomization.yaml may patch what its files hold, or take them as something else than manifests.
    if (isManifest(file) && !isBuilt(file))
      builder.manifests(`${target}/${file}`, { source: projectPath(from), content }, manifests, kustomization);
    else builder.add({ path: `${target}/${file}`, content, origins: [builder.origin(manifests, file)] }, manifests);
  }
  const outermost = bases.filter((base) => !bases.some((other) => other !== base && isBelow(base, other)));
  const listed = [...outermost, ...files.filter((file) => isManifest(file) && !isBuilt(file))];
  return listed.map((entry) => `./${path.posix.join(isFolder ? manifests.node.id : '', entry)}`);
}

/** The three names that kustomize knows (kustomize: konfig.RecognizedKustomizationFileNames). */
function isKustomization(file: string): boolean {
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(path.basename(file));
}

function isBelow(folder: string, other: string): boolean {
  return other === '.' || folder.startsWith(`${other}/`);
}

function whyNotAFile(source: string): string | undefined {
  return isManifest(source) ? undefined : 'it is no YAML file';
}

/** @param isInTree whether it is listed where it lies, which kustomize does for a folder with a kustomization.yaml only */
function whyNotAFolder(source: string, isInTree: boolean): string | undefined {
  const files = filesBelow(source);
  if (isInTree)
    return files.some((file) => isKustomization(file) && !file.includes('/'))
      ? undefined
      : 'it has no kustomization.yaml';
  return files.some((file) => isManifest(file) || isKustomization(file)) ? undefined : 'it has no YAML file in it';
}
