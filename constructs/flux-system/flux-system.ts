import { ApiObject, Lazy, type ApiObjectProps } from 'cdk8s';
import type { Cluster } from '../cluster.ts';
import { Folder } from '../folder.ts';
import { objectOf, type ObjectReference } from '../object-reference.ts';
import { isConstruct } from '../references.ts';
import { COMPONENTS, DEFAULT_COMPONENTS, EXTRA_COMPONENTS, type FluxComponent } from './components.ts';
import { controllerName, deployment, serviceAccount, services } from './controller.ts';
import { crdsOf, type CrdFile } from './crds.ts';
import { networkPolicies } from './network-policies.ts';
import { rbac } from './rbac.ts';
import { SHARDED_COMPONENTS, SHARD_LABEL, type Shard } from './shard.ts';
import { sizing, type FluxSize } from './sizes.ts';

export interface FluxSystemOptions {
  /** Default: the four of `flux install`: source-, kustomize-, helm- and notification-controller. */
  readonly components?: readonly FluxComponent[];
  /** Default: all three, as in the manifests of Flux's release: image-reflector-, image-automation-controller, source-watcher. */
  readonly extraComponents?: readonly FluxComponent[];
  /** Concurrency, memory, and how often a dependency is asked after. Default: the release's own. */
  readonly size?: FluxSize;
  /**
   * Multi-tenancy lockdown: no reference to another namespace's sources and events, no remote bases, and what names no
   * ServiceAccount is applied as `default` of its own namespace, which may do nothing. The cluster's own Kustomizations
   * are then applied as `kustomize-controller`; a HelmRelease needs a `serviceAccountName`. Default: false.
   */
  readonly lockdown?: boolean;
  /** Default: true. */
  readonly networkPolicies?: boolean;
  /** Where the images are. Default: `ghcr.io/fluxcd`. */
  readonly registry?: string;
  /** Pins an image: `sha256:…`, behind the tag of the release. */
  readonly digests?: Readonly<Partial<Record<FluxComponent, string>>>;
  /** Secrets of type `kubernetes.io/dockerconfigjson` to pull the images with; made outside of the tree, or in `flux-system`. */
  readonly imagePullSecrets?: readonly (ObjectReference | { readonly name: string })[];
}

/** Components that refer to sources or events of others. */
const REFERRERS: readonly FluxComponent[] = [
  'kustomize-controller',
  'helm-controller',
  'notification-controller',
  'image-reflector-controller',
  'image-automation-controller',
];
/** Components that apply what an author wrote. */
const APPLIERS: readonly FluxComponent[] = ['kustomize-controller', 'helm-controller'];

/**
 * Flux itself, in the folder `flux/system` of the tree: what boots an empty cluster (`kubectl apply -k`), and what Flux
 * then keeps as it is by the Kustomization `cluster-flux`. If FluxSystem is taken out of the program, Flux goes on as it
 * is: nothing of it is deleted. With default options the objects are those of the release's own manifests.
 */
export class FluxSystem extends Folder {
  override readonly namespace: string;
  readonly role = 'flux-system';
  readonly folder = 'flux/system';
  readonly components: readonly FluxComponent[];
  readonly lockdown: boolean;
  readonly #labels: Record<string, string>;
  readonly #options: FluxSystemOptions;
  readonly #cluster: Cluster;
  #hasShards = false;
  readonly #files = new Map<ApiObject, string>();
  readonly #deployments = new Map<string, ApiObject>();

  constructor(cluster: Cluster, options: FluxSystemOptions = {}) {
    const { namespace } = cluster.flux;
    super(cluster, '$flux-system', namespace);
    this.namespace = namespace;
    this.components = [...(options.components ?? DEFAULT_COMPONENTS), ...(options.extraComponents ?? EXTRA_COMPONENTS)];
    this.lockdown = options.lockdown ?? false;
    this.#options = options;
    this.#cluster = cluster;
    this.#labels = { 'app.kubernetes.io/instance': namespace, 'app.kubernetes.io/part-of': 'flux' };
    this.#declare('namespace.yaml', this.#namespaceObjects());
    this.#declare('rbac.yaml', rbac(this.components, namespace, this.#labels));
    for (const component of this.components) {
      this.#declare(`${component}.yaml`, [serviceAccount(component, this.#labels)]);
      this.#declareController(component, undefined);
    }
    if (options.networkPolicies ?? true) {
      this.#declare('network-policies.yaml', networkPolicies(this.components, this.#labels));
    }
    cluster.flux.install(this);
  }

  /**
   * One more set of source-, kustomize- and helm-controller, for the Applications and sources that name it. The main
   * ones leave alone whatever belongs to a shard.
   */
  addShard(name: string): Shard {
    const shard = { shard: name };
    this.#hasShards = true;
    for (const component of SHARDED_COMPONENTS) {
      if (this.components.includes(component)) this.#declareController(component, shard);
    }
    return shard;
  }

  /** The Deployment of a controller, if it is installed, for what no option says: `addJsonPatch`, annotations. */
  deployment(component: FluxComponent, shard?: Shard): ApiObject | undefined {
    return this.#deployments.get(controllerName(component, shard));
  }

  /** The file of an object in this folder. */
  fileOf(object: ApiObject): string {
    return this.#files.get(object) ?? `${object.kind.toLowerCase()}-${object.name}.yaml`;
  }

  /** The CustomResourceDefinitions of the components. */
  crds(): CrdFile[] {
    return this.components.flatMap((component) => crdsOf(component, this.#labels));
  }

  #namespaceObjects(): ApiObjectProps[] {
    return [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: this.namespace,
          namespace: '',
          labels: {
            ...this.#labels,
            'pod-security.kubernetes.io/warn': 'restricted',
            'pod-security.kubernetes.io/warn-version': 'latest',
          },
        },
      },
      {
        // Some distributions give pods of these priorities only where a quota allows them.
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'critical-pods', labels: this.#labels },
        spec: {
          hard: { pods: '1000' },
          scopeSelector: {
            matchExpressions: [
              {
                scopeName: 'PriorityClass',
                operator: 'In',
                values: ['system-node-critical', 'system-cluster-critical'],
              },
            ],
          },
        },
      },
    ];
  }

  #declareController(component: FluxComponent, shard: Shard | undefined): void {
    const { size, imagePullSecrets = [] } = this.#options;
    const { args, resources } = sizing(component, size);
    this.#declare(`${controllerName(component, shard)}.yaml`, [
      ...services(component, shard, this.#labels),
      deployment({
        component,
        shard,
        labels: this.#labels,
        image: this.#image(component),
        imagePullSecrets: imagePullSecrets.map((secret) => (isConstruct(secret) ? objectOf(secret) : secret).name),
        // Known only when everything is declared: whether there are shards, and who takes external artifacts.
        args: Lazy.any({ produce: () => [...this.#args(component, shard), ...args] }),
        resources,
      }),
    ]);
  }

  #image(component: FluxComponent): string {
    const { registry = 'ghcr.io/fluxcd', digests } = this.#options;
    const digest = digests?.[component];
    const tagged = `${registry}/${component}:${COMPONENTS[component].version}`;
    return digest === undefined ? tagged : `${tagged}@${digest}`;
  }

  #args(component: FluxComponent, shard: Shard | undefined): string[] {
    const { namespace } = this;
    const isSharded = this.#hasShards && SHARDED_COMPONENTS.some((sharded) => sharded === component);
    const selector = shard === undefined ? `!${SHARD_LABEL}` : `${SHARD_LABEL}=${shard.shard}`;
    const sendsEvents = component !== 'notification-controller' && this.components.includes('notification-controller');
    return [
      ...(sendsEvents ? [`--events-addr=http://notification-controller.${namespace}.svc.cluster.local./`] : []),
      '--watch-all-namespaces',
      '--log-level=info',
      '--log-encoding=json',
      '--enable-leader-election',
      ...(COMPONENTS[component].isSource
        ? [
            '--storage-path=/data',
            `--storage-adv-addr=${controllerName(component, shard)}.$(RUNTIME_NAMESPACE).svc.cluster.local.`,
          ]
        : []),
      ...(isSharded ? [`--watch-label-selector=${selector}`] : []),
      ...(this.lockdown && REFERRERS.includes(component) ? ['--no-cross-namespace-refs=true'] : []),
      ...(this.lockdown && component === 'kustomize-controller' ? ['--no-remote-bases=true'] : []),
      ...(this.lockdown && APPLIERS.includes(component) ? ['--default-service-account=default'] : []),
      ...(this.#cluster.flux.takesExternalArtifacts && APPLIERS.includes(component)
        ? ['--feature-gates=ExternalArtifact=true']
        : []),
    ];
  }

  #declare(file: string, objects: readonly ApiObjectProps[]): void {
    for (const props of objects) {
      const object = new ApiObject(this, `${props.kind}-${props.metadata?.name ?? ''}`, props);
      this.#files.set(object, file);
      if (object.kind === 'Deployment') this.#deployments.set(object.name, object);
    }
  }
}
