import path from 'node:path';
import type { Cluster } from './cluster.ts';

/** The folder beside the tree for what is not a part of it (docs/tree.md, "Working files"). */
export function workingFolder(cluster: Cluster): string {
  return path.join(cluster.project, '.slipway');
}

/** A file in it for this cluster alone. */
export function workingFile(cluster: Cluster, name: string): string {
  return path.join(workingFolder(cluster), `${name}-${encodeURIComponent(cluster.directory)}`);
}
