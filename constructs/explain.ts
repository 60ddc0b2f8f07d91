import path from 'node:path';
import type { IConstruct } from 'constructs';
import { Application } from './application.ts';
import { layTree } from './assemble.ts';
import type { Cluster } from './cluster.ts';
import type { TreeBuilder } from './tree-builder.ts';
import type { Origin } from '../src/tree/index.ts';

/** What made an object of the tree, and what happens with it. */
export interface Explanation {
  readonly object: string;
  /** The author's lines, innermost first. */
  readonly source: readonly string[];
  readonly constructPath: string;
  /** Path of the file, relative to the project. */
  readonly file: string;
  /** The Flux Kustomization that applies it. */
  readonly kustomization: string;
  /** The Kustomizations that must be ready before that one starts. */
  readonly waitsFor: readonly string[];
}

/**
 * Explains every object that a query names: a file of the tree (relative to `cwd` or to the tree), or an object as
 * `KIND/NAMESPACE/NAME` or `KIND/NAME`, the kind in any case.
 */
export function explainCluster(cluster: Cluster, query: string, cwd: string): Explanation[] {
  const file = path.relative(path.join(cluster.project, cluster.directory), path.resolve(cwd, query));
  const wanted = query.toLowerCase();
  const builder = layTree(cluster);
  const objects = builder.laid
    .filter(({ file: own, origin }) => own === file || own === query || matches(origin.object, wanted))
    .map(({ construct, origin, file: own }) => explanation(cluster, construct, origin, own));
  return objects.length > 0 ? objects : explainFile(cluster, builder, [file, query]);
}

/** A file that holds no object of its own: a list, or what a hand-written kustomization.yaml takes. */
function explainFile(cluster: Cluster, builder: TreeBuilder, candidates: readonly string[]): Explanation[] {
  const own = candidates.find((file) => builder.files.has(file));
  const made = own === undefined ? undefined : builder.files.get(own);
  if (own === undefined || made === undefined) return [];
  const origin = made.file.origins[0] ?? builder.origin(made.construct, path.basename(own));
  return [explanation(cluster, made.construct, { ...origin, object: path.basename(own) }, own)];
}

function explanation(cluster: Cluster, construct: IConstruct, origin: Origin, file: string): Explanation {
  const application = applicationOf(construct);
  return {
    object: origin.object,
    source: origin.source(),
    constructPath: origin.constructPath === '' ? cluster.name : origin.constructPath,
    file: path.join(cluster.directory, file),
    kustomization: `${cluster.flux.namespace}/${kustomizationOf(construct, application, file)}`,
    waitsFor:
      application?.lowered.dependsOn.map(({ name, namespace }) => {
        const own = application.kustomization.metadata.namespace ?? cluster.flux.namespace;
        return `${namespace ?? own}/${name}`;
      }) ?? [],
  };
}

/** The kind may stand in any case, and the namespace may be left out. */
function matches(object: string, wanted: string): boolean {
  const [kind, ...rest] = object.split('/');
  const candidate = object.toLowerCase();
  return candidate === wanted || `${kind ?? ''}/${rest.at(-1) ?? ''}`.toLowerCase() === wanted;
}

function applicationOf(construct: IConstruct): Application | undefined {
  return construct.node.scopes.findLast((scope) => scope instanceof Application);
}

/** An Application's own Kustomization object is applied, like all of `apps/`, by `cluster-apps`. */
function kustomizationOf(construct: IConstruct, application: Application | undefined, file: string): string {
  if (application !== undefined && construct !== application.kustomization) return application.kustomization.name;
  if (file.startsWith('flux/system/')) return 'cluster-flux';
  return file.startsWith('apps/') ? 'cluster-apps' : 'cluster';
}
