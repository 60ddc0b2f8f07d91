import type { GitRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import type { KustomizationSpec } from '../imports/kustomize.toolkit.fluxcd.io.ts';
import type { Cluster } from './cluster.ts';
import { FluxObject } from './flux-object.ts';
import { Folder } from './folder.ts';
import { GitRepository } from './git-repository.ts';

/** Where Flux finds the committed tree. */
export interface ClusterRepository extends Pick<GitRepositorySpec, 'url' | 'secretRef'> {
  /** Default: `main`. */
  readonly branch?: string;
  /** How often Flux asks for a new commit. Default: `1m`. */
  readonly interval?: string;
}

/**
 * The folder `flux/config`, where Flux starts: the repository itself, the Kustomization `cluster` that keeps all of
 * `flux/` as it is, and `cluster-apps` that applies what is in `apps/`.
 */
export class FluxConfig extends Folder {
  override readonly namespace = 'flux-system';
  readonly role = 'config';
  readonly folder = 'flux/config';
  readonly repository: GitRepository;
  readonly cluster: FluxObject<KustomizationSpec>;
  readonly apps: FluxObject<KustomizationSpec>;

  constructor(cluster: Cluster, repository: ClusterRepository, directory: string) {
    super(cluster, 'flux-config', 'flux-system');
    this.repository = new GitRepository(this, cluster.name, {
      interval: '1m',
      ...repository,
      // The artifact holds the tree alone, so that a commit which does not touch it is small to fetch.
      ignore: `/*\n!/${directory}\n`,
    });
    this.cluster = this.#kustomization('cluster', `./${directory}/flux`);
    this.apps = this.#kustomization('cluster-apps', `./${directory}/apps`);
  }

  /** Neither waits: what a Kustomization of Kustomizations waits for would hold up every commit (fluxcd/flux2#5601). */
  #kustomization(name: string, path: string): FluxObject<KustomizationSpec> {
    return new FluxObject<KustomizationSpec>(this, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name },
      spec: () => ({
        path,
        sourceRef: { kind: 'GitRepository', name: this.repository.name },
        interval: '1h',
        retryInterval: '2m',
        timeout: '5m',
        prune: true,
        wait: false,
      }),
    });
  }
}
