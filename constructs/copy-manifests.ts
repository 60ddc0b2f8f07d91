import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../src/errors.ts';
import type { Manifests } from './manifests.ts';
import type { Applied } from './rules/index.ts';
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
  if (isInside(source, tree)) {
    const relative = path.posix.relative(folder, path.relative(tree, source));
    return [relative.startsWith('.') ? relative : `./${relative}`];
  }
  if (!fs.statSync(source).isDirectory()) {
    builder.manifests(`${folder}/${path.basename(source)}`, fs.readFileSync(source), manifests, kustomization);
    return [`./${path.basename(source)}`];
  }
  const files = filesBelow(source);
  // Its own kustomization.yaml may patch what the files hold, or take them as something else than manifests.
  const isBuilt = files.includes('kustomization.yaml');
  for (const file of files) {
    const target = `${folder}/${manifests.node.id}/${file}`;
    const content = fs.readFileSync(path.join(source, file));
    if (isManifest(file) && !isBuilt) builder.manifests(target, content, manifests, kustomization);
    else builder.add({ path: target, content, origins: [builder.origin(manifests, file)] }, manifests);
  }
  if (isBuilt) return [`./${manifests.node.id}`];
  return files.filter(isManifest).map((file) => `./${manifests.node.id}/${file}`);
}

function whyNotReadable(source: string, project: string): string | undefined {
  try {
    const real = fs.realpathSync(source);
    return isInside(real, fs.realpathSync(project)) ? undefined : 'it leads out of the project';
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? 'it does not exist'
      : `it cannot be read (${systemCode(error) ?? 'unknown'})`;
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** Regular files only: a symlink in a folder could lead out of the project. */
function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
}

function isManifest(file: string): boolean {
  return /\.ya?ml$/.test(file);
}
