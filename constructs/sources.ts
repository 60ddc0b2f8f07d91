import { Construct } from 'constructs';
import type { Cluster } from './cluster.ts';
import { FluxObject } from './flux-object.ts';
import { assignShard } from './flux-system/shard.ts';
import type { Folder } from './folder.ts';
import { namespaceField, type WithReferences } from './references.ts';

const API_VERSION = 'source.toolkit.fluxcd.io/v1';

/**
 * A source to refer to: the construct of one, or what names one that is made outside of the tree. Without a namespace
 * it is in that of the object that refers.
 */
export interface SourceReference<Kind extends string = string> {
  readonly apiVersion?: string | undefined;
  readonly kind: Kind;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What a Flux source is, of whatever kind. */
export abstract class Source<Spec extends object = object, Kind extends string = string>
  extends Construct
  implements SourceReference<Kind>
{
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string;
  readonly object: FluxObject<WithReferences<Spec>>;

  constructor(scope: Folder, kind: Kind, name: string, spec: () => WithReferences<Spec>, apiVersion = API_VERSION) {
    super(scope, `${kind}-${name}`);
    this.kind = kind;
    this.name = name;
    this.namespace = scope.namespace ?? '';
    this.object = new FluxObject(this, { apiVersion, kind, metadata: { name }, spec });
    if (scope.shard !== undefined) assignShard(this, scope.shard);
  }
}

/** Where a source may be declared: on the Cluster, for all to use, or beside what uses it. */
export type SourceScope = Cluster | Folder;

/** The folders of `flux/repositories/`. */
export type RepositoryFolder = 'git' | 'helm' | 'chart' | 'oci' | 'bucket' | 'artifact' | 'generator';

/** A source declared on the Cluster goes into its folder of repositories; any other stays where it was declared. */
export function sourceScope(scope: SourceScope, folder: RepositoryFolder): Folder {
  return 'repositories' in scope ? scope.repositories(folder) : scope;
}

/** A reference to a source, as an object of namespace `own` writes it: without the namespace where that is its own. */
export function sourceFields<Kind extends string>(
  { apiVersion, kind, name, namespace }: SourceReference<Kind>,
  own: string | undefined,
): SourceReference<Kind> {
  return { ...(apiVersion !== undefined && { apiVersion }), kind, name, ...namespaceField(namespace, own) };
}
