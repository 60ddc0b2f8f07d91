import type { KustomizationSpec } from '../imports/kustomize.toolkit.fluxcd.io.ts';
import { FluxObject } from './flux-object.ts';
import { Folder } from './folder.ts';
import type { GitRepository } from './git-repository.ts';
import type { Namespace } from './namespace.ts';
import type { OCIRepository } from './oci-repository.ts';
import type { Source } from './sources.ts';

export interface ApplicationOptions extends Omit<
  KustomizationSpec,
  'dependsOn' | 'interval' | 'path' | 'prune' | 'sourceRef'
> {
  /** Applications that must be ready before this one is applied. */
  readonly dependsOn?: readonly Application[];
  /**
   * The source whose manifests are applied, where they are not written here. Default: the cluster's own repository,
   * and the folder of what is declared inside of this Application.
   */
  readonly source?: GitRepository | OCIRepository;
  /** The folder in `source`, for example `./deploy`. Default: its root. */
  readonly path?: string;
  /** How often Flux compares the cluster with the tree. Default: `1h`. */
  readonly interval?: string;
  /** Whether Flux deletes what the tree no longer has. Default: true. */
  readonly prune?: boolean;
  /**
   * Whether the Application is ready only when every object in it is. Default: true, so that what depends on it starts
   * when it works and not when it was merely accepted.
   */
  readonly wait?: boolean;
  /** How long applying and waiting may take. Default: `5m`. */
  readonly timeout?: string;
  /** How soon a failure is tried again. Default: `2m`; Flux's own default is the whole interval. */
  readonly retryInterval?: string;
}

/**
 * One unit that Flux applies, waits for and prunes as a whole: a Flux Kustomization, `apps/<namespace>/<name>/ks.yaml`,
 * with what is declared inside of it under `apps/<namespace>/<name>/app/`.
 */
export class Application extends Folder {
  override readonly namespace: string;
  readonly role = 'application';
  readonly parent: Namespace;
  readonly folder: string;
  /** Path of the Kustomization's own file in the tree. */
  readonly file: string;
  readonly kustomization: FluxObject<KustomizationSpec>;
  readonly dependencies: readonly Application[];
  /** Whether its manifests come from another source than the cluster's repository. */
  readonly isRemote: boolean;

  constructor(namespace: Namespace, name: string, options: ApplicationOptions = {}) {
    super(namespace, name, namespace.namespace);
    const { dependsOn, source, path, ...rest } = options;
    const { cluster } = namespace;
    this.parent = namespace;
    this.namespace = namespace.namespace;
    this.folder = `${namespace.folder}/${name}/app`;
    this.file = `${namespace.folder}/${name}/ks.yaml`;
    this.dependencies = dependsOn ?? [];
    this.isRemote = source !== undefined;
    this.kustomization = new FluxObject<KustomizationSpec>(this, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace: cluster.flux.namespace },
      spec: () => ({
        ...(this.dependencies.length > 0 && {
          dependsOn: this.dependencies.map(({ kustomization }) => ({ name: kustomization.name })),
        }),
        path: source === undefined ? cluster.pathInRepository(this.folder) : (path ?? './'),
        sourceRef: sourceReference(source ?? cluster.flux.repository, cluster.flux.namespace),
        interval: '1h',
        retryInterval: '2m',
        timeout: '5m',
        prune: true,
        wait: true,
        ...rest,
      }),
    });
  }
}

function sourceReference(source: Source, namespace: string): KustomizationSpec['sourceRef'] {
  return {
    kind: source.kind as 'GitRepository' | 'OCIRepository',
    name: source.name,
    ...(source.namespace !== namespace && { namespace: source.namespace }),
  };
}
