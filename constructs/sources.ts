import { Construct } from 'constructs';
import type { Cluster } from './cluster.ts';
import { FluxObject } from './flux-object.ts';
import type { Folder } from './folder.ts';

const API_VERSION = 'source.toolkit.fluxcd.io/v1';

/** What a Flux source is, of whatever kind: something to refer to. */
export abstract class Source<Spec extends object = object> extends Construct {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly object: FluxObject<Spec>;

  constructor(scope: Folder, kind: string, name: string, spec: () => Spec) {
    super(scope, `${kind}-${name}`);
    this.kind = kind;
    this.name = name;
    this.namespace = scope.namespace ?? '';
    this.object = new FluxObject(this, { apiVersion: API_VERSION, kind, metadata: { name }, spec });
  }
}

/** Where a source may be declared: on the Cluster, for all to use, or beside what uses it. */
export type SourceScope = Cluster | Folder;

/** The folders of `flux/repositories/`. */
export type RepositoryFolder = 'git' | 'helm' | 'oci' | 'bucket';

/** A source declared on the Cluster goes into its folder of repositories; any other stays where it was declared. */
export function sourceScope(scope: SourceScope, folder: RepositoryFolder): Folder {
  return 'repositories' in scope ? scope.repositories(folder) : scope;
}
