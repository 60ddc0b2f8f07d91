import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, formatError } from '../src/errors.ts';
import { isUnchanged, writeTree, type Tree, type TreeChanges, type TreeLocation } from '../src/tree/index.ts';
import type { Cluster } from './cluster.ts';
import { checkCreationRules, writeCreationRules } from './encrypted/index.ts';
import { workingFolder } from './working-files.ts';

/** What a command does with a Cluster that a program synthesizes, in place of writing it. */
export type SynthHandler = (cluster: Cluster) => void;

/** Shared by every copy of the library that a program may load. */
const HANDLER = Symbol.for('slipway.synthHandler');
const registry = globalThis as { [HANDLER]?: SynthHandler | undefined };

/** From now on `Cluster.synth()` calls `handler`; `undefined` takes that back. */
export function onSynth(handler: SynthHandler | undefined): void {
  registry[HANDLER] = handler;
}

export function synthesize(cluster: Cluster): void {
  const handler = registry[HANDLER];
  if (handler) handler(cluster);
  else synthesizeAlone(cluster);
}

/** Where a cluster's tree and the working files beside it are. */
export function locationOf(cluster: Cluster): TreeLocation {
  return {
    root: path.join(cluster.project, cluster.directory),
    stateDirectory: workingFolder(cluster),
    owner: cluster.name,
  };
}

/** The program was run by itself or by `cdk8s synth`, which says in CDK8S_OUTDIR where it expects its output. */
function synthesizeAlone(cluster: Cluster): void {
  const outdir = process.env.CDK8S_OUTDIR;
  if (outdir !== undefined) refuseSharedFolder(path.resolve(outdir), cluster);
  const { tree, warnings, judged, creationRules } = cluster.assemble();
  checkCreationRules(creationRules, cluster.project);
  const changes = writeTree(tree, locationOf(cluster));
  writeCreationRules(creationRules, cluster.project);
  judged.save();
  if (outdir !== undefined) copyTree(tree, path.resolve(outdir));
  for (const warning of warnings) console.error(formatError(warning, 'warning'));
  console.error(summary(changes));
}

export function summary(changes: TreeChanges): string {
  const { created, changed, deleted, unchanged } = changes;
  if (isUnchanged(changes)) return `${unchanged} files, all up to date`;
  return `${created.length} created, ${changed.length} changed, ${deleted.length} deleted, ${unchanged} unchanged`;
}

/** `cdk8s synth` empties its output folder before it runs the program (cdk8s-cli: synth.ts, `rmSync`). */
function refuseSharedFolder(outdir: string, cluster: Cluster): void {
  const { root } = locationOf(cluster);
  const relative = path.relative(outdir, root);
  const isInside = relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
  if (!isInside && path.relative(root, outdir).startsWith('..')) return;
  throw new SlipwayError({
    code: 'synth/output-is-the-tree',
    message: `cdk8s empties its output folder before every synth, and that folder holds the tree '${cluster.directory}'.`,
    remedy: `Set \`output: dist\` in cdk8s.yaml, then \`git checkout -- ${cluster.directory}\` to have the tree back.`,
    place: { file: 'cdk8s.yaml' },
    exitStatus: 2,
  });
}

function copyTree(tree: Tree, outdir: string): void {
  const folders = new Set<string>();
  for (const file of tree.values()) {
    const target = path.join(outdir, file.path);
    const folder = path.dirname(target);
    if (!folders.has(folder)) fs.mkdirSync(folder, { recursive: true });
    folders.add(folder);
    fs.writeFileSync(target, file.content);
  }
}
