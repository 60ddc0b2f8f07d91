import { ApiObject } from 'cdk8s';
import type { Cluster } from './cluster.ts';
import { Folder } from './folder.ts';

export interface NamespaceOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Whether Flux deletes the namespace, and with it everything inside, when the tree no longer has it.
   * Default: false, so that a slip of the pen does not delete volumes.
   */
  readonly prune?: boolean;
}

/** Where the Kustomizations of a namespace's Applications are, as whom they are applied, and where to. */
export interface Applier {
  readonly namespace: string;
  readonly serviceAccountName: string | undefined;
  /** Where everything goes, whatever it says itself. */
  readonly targetNamespace: string | undefined;
}

/**
 * A namespace and the folder `apps/<name>` of everything in it: its Applications, and objects of its own that are
 * made directly inside of it.
 */
export class Namespace extends Folder {
  override readonly namespace: string;
  readonly role = 'namespace';
  readonly cluster: Cluster;
  readonly folder: string;
  /** The `v1` Namespace object. */
  readonly object: ApiObject;

  constructor(cluster: Cluster, name: string, options: NamespaceOptions = {}) {
    super(cluster, name, name);
    this.namespace = name;
    this.cluster = cluster;
    this.folder = `apps/${name}`;
    this.object = new ApiObject(this, 'Namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        namespace: '',
        ...(options.labels && { labels: options.labels }),
        annotations: {
          ...(options.prune !== true && { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }),
          ...options.annotations,
        },
      },
    });
  }

  get applier(): Applier {
    const { namespace, serviceAccountName } = this.cluster.flux;
    return { namespace, serviceAccountName, targetNamespace: undefined };
  }
}
