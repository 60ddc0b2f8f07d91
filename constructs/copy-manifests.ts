import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../src/errors.ts';
import type { Manifests } from './manifests.ts';
import type { TreeBuilder } from './tree-builder.ts';

/**
 * Takes hand-written manifests into a folder of the tree.
 *
 * @returns what the folder's kustomization.yaml has to list for them
 */
export function copyManifests(manifests: Manifests, folder: string, builder: TreeBuilder): string[] {
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
    copyFile(source, `${folder}/${path.basename(source)}`, manifests, builder);
    return [`./${path.basename(source)}`];
  }
  const files = filesBelow(source);
  for (const file of files)
    copyFile(path.join(source, file), `${folder}/${manifests.node.id}/${file}`, manifests, builder);
  if (files.includes('kustomization.yaml')) return [`./${manifests.node.id}`];
  return files.filter((file) => /\.ya?ml$/.test(file)).map((file) => `./${manifests.node.id}/${file}`);
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

function copyFile(source: string, target: string, manifests: Manifests, builder: TreeBuilder): void {
  builder.add(
    { path: target, content: fs.readFileSync(source), origins: [builder.origin(manifests, path.basename(source))] },
    manifests,
  );
}
