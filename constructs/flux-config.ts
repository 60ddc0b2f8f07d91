import type { KustomizationSpec } from '../imports/kustomize.toolkit.fluxcd.io.ts';
import type { Cluster } from './cluster.ts';
import { FluxObject } from './flux-object.ts';
import type { FluxSystem } from './flux-system/index.ts';
import { Folder } from './folder.ts';
import { GitRepository, type GitRepositoryOptions } from './git-repository.ts';

/** How Flux decrypts: with the age key in a Secret that bootstrap makes, since git cannot hold it. */
export const DECRYPTION = {
  provider: 'sops',
  secretRef: { name: 'sops-age' },
} satisfies KustomizationSpec['decryption'];

/** Where Flux finds the committed tree. */
export interface ClusterRepository extends Omit<GitRepositoryOptions, 'ignore'> {
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
  /** Flux itself, if the tree installs it, and the Kustomization `cluster-flux` that keeps it. */
  system: { readonly flux: FluxSystem; readonly kustomization: FluxObject<KustomizationSpec> } | undefined;
  /** Whether anything in the tree takes an ExternalArtifact, which controllers do with a feature gate alone. */
  takesExternalArtifacts = false;
  readonly #directory: string;

  constructor(cluster: Cluster, repository: ClusterRepository, directory: string) {
    super(cluster, '$flux-config', 'flux-system');
    this.#directory = directory;
    this.repository = new GitRepository(this, cluster.name, {
      interval: '1m',
      ...repository,
      // The artifact holds the tree alone, so that a commit which does not touch it is small to fetch.
      ignore: allBut(directory),
    });
    // Neither waits: what a Kustomization of Kustomizations waits for would hold up every commit (fluxcd/flux2#5601).
    this.cluster = this.#kustomization('cluster', 'flux', { wait: false });
    this.apps = this.#kustomization('cluster-apps', 'apps', { wait: false });
  }

  /** Has Flux keep itself as FluxSystem describes it, and leaves it running when nothing describes it any more. */
  install(flux: FluxSystem): void {
    const kustomization = this.#kustomization('cluster-flux', flux.folder, { wait: true, deletionPolicy: 'Orphan' });
    this.system = { flux, kustomization };
  }

  /** As whom Flux applies what the cluster's owner wrote; under lockdown it has to be said, and is nobody otherwise. */
  get serviceAccountName(): string | undefined {
    return this.system?.flux.lockdown === true ? 'kustomize-controller' : undefined;
  }

  /** Whether one of the folders below `folder` that have no Kustomization of their own holds something encrypted. */
  #holdsEncrypted(folder: string): boolean {
    const folders = this.node.root.node.children.filter((child) => child instanceof Folder);
    return folders.some(({ encrypted, folder: own }) => encrypted.length > 0 && own.startsWith(`${folder}/`));
  }

  #kustomization(
    name: string,
    folder: string,
    options: Pick<KustomizationSpec, 'wait' | 'deletionPolicy'>,
  ): FluxObject<KustomizationSpec> {
    return new FluxObject<KustomizationSpec>(this, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name },
      spec: () => ({
        path: `./${this.#directory}/${folder}`,
        sourceRef: { kind: 'GitRepository', name: this.repository.name },
        serviceAccountName: this.serviceAccountName,
        interval: '1h',
        retryInterval: '2m',
        timeout: '5m',
        prune: true,
        ...(this.#holdsEncrypted(folder) && { decryption: DECRYPTION }),
        ...options,
      }),
    });
  }
}

/** Ignore rules that leave one folder. Git looks into no folder that is ignored, so each on the way is let in by itself. */
function allBut(directory: string): string {
  const rules: string[] = [];
  let folder = '/';
  for (const part of directory.split('/')) {
    rules.push(`${folder}*`, `!${folder}${part}`);
    folder += `${part}/`;
  }
  return `${rules.join('\n')}\n`;
}
