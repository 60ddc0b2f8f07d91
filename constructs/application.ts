import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { KustomizationSpec, KustomizationSpecDependsOn } from '../imports/kustomize.toolkit.fluxcd.io.ts';
import { nothingLowered, type Dependency, type Lowered } from './dependency.ts';
import { DECRYPTION } from './flux-config.ts';
import { FluxObject } from './flux-object.ts';
import { assignShard, type Shard } from './flux-system/index.ts';
import { SlipwayError } from '../src/errors.ts';
import { Folder } from './folder.ts';
import type { GitRepository } from './git-repository.ts';
import type { HelmRelease } from './helm-release.ts';
import type { Namespace } from './namespace.ts';
import { dataSourceFields, isConstruct, type DataSource, type WithReferences } from './references.ts';
import { seconds } from './rules/duration.ts';
import { sourceFields } from './sources.ts';

type Spec = WithReferences<KustomizationSpec>;
type PostBuildSpec = NonNullable<KustomizationSpec['postBuild']>;

/** Substitution of `${name}` in the built manifests. */
export interface PostBuild extends Omit<PostBuildSpec, 'substituteFrom'> {
  /**
   * Where `substitute` has no value, in order, later over earlier. Every line break in a value is taken out. A variable
   * that none of them has, and that has no default (`${name:=default}`), fails the build.
   */
  readonly substituteFrom?: readonly (DataSource | NonNullable<PostBuildSpec['substituteFrom']>[number])[];
  /** Whether defaults are filled in even if there is no variable at all (`Always`). Default: Flux's, `WithVariables`. */
  readonly substituteStrategy?: PostBuildSpec['substituteStrategy'];
}

export interface ApplicationOptions extends Omit<
  Spec,
  'dependsOn' | 'interval' | 'path' | 'postBuild' | 'prune' | 'sourceRef'
> {
  /**
   * What must be ready before this one is applied: Applications, HelmReleases, or any object, each by its construct;
   * Kustomizations outside of the tree as Flux names them. Nothing of it orders deletion.
   */
  readonly dependsOn?: readonly (Dependency | KustomizationSpecDependsOn)[];
  /**
   * The source whose manifests are applied, where they are not written here: a GitRepository, OCIRepository, Bucket,
   * ExternalArtifact, or one of an ArtifactGenerator's artifacts. Default: the cluster's own repository, and the folder
   * of what is declared inside of this Application.
   */
  readonly source?: KustomizationSpec['sourceRef'];
  /**
   * The set of controllers that does the work (`FluxSystem.addShard()`). HelmReleases and sources inside of the Application
   * go with it; a source declared elsewhere stays where it is, and may be used from any shard. Default: the main ones.
   */
  readonly shard?: Shard;
  /** The folder in `source`, for example `./deploy`. Default: its root. */
  readonly path?: string;
  /** How often Flux compares the cluster with the tree. Default: `1h`. */
  readonly interval?: string;
  /** Whether Flux deletes what the tree no longer has. Default: true. */
  readonly prune?: boolean;
  /**
   * What becomes of the objects when the Application itself goes. Default: Flux's, `MirrorPrune`, what `prune` says.
   * `WaitForTermination` also waits, for the length of `timeout`, until they are gone. A suspended one leaves all behind.
   */
  readonly deletionPolicy?: KustomizationSpec['deletionPolicy'];
  /**
   * Whether the Application is ready only when every object in it is. Default: true, so that what depends on it starts
   * when it works and not when it was merely accepted; false where `healthChecks` are given, which Flux would ignore
   * otherwise.
   */
  readonly wait?: boolean;
  /** The objects that must be ready for the Application to be; they may be anybody's. Only without `wait`. */
  readonly healthChecks?: Spec['healthChecks'];
  /**
   * For kinds whose status does not follow the conventions: CEL over the object that says whether it is `current`,
   * `inProgress` or `failed`, for those that are checked anyway.
   */
  readonly healthCheckExprs?: KustomizationSpec['healthCheckExprs'];
  /** How long applying and waiting may take. Default: `5m`. */
  readonly timeout?: string;
  /** How soon a failure is tried again. Default: `2m`; Flux's own default is the whole interval. */
  readonly retryInterval?: string;
  /**
   * Where the keys are with which Flux decrypts SOPS files; the secret is in the Kustomization's own namespace. Default: the
   * Secret `sops-age`, where something encrypted is declared in the Application.
   */
  readonly decryption?: Spec['decryption'];
  readonly postBuild?: PostBuild;
  /** kustomize patches over what was built, each inline. */
  readonly patches?: KustomizationSpec['patches'];
  /** Folders of kustomize components, relative to `path`. */
  readonly components?: readonly string[];
  /** Another cluster to apply to; the secret is in the Kustomization's own namespace, its key `value` or `value.yaml`. */
  readonly kubeConfig?: Spec['kubeConfig'];
  /** Whether objects that cannot be changed in place are deleted and made anew. Default: Flux's, false. */
  readonly force?: boolean;
  /** The ServiceAccount, of the Kustomization's own namespace, as which Flux applies. Default: Flux's own rights. */
  readonly serviceAccountName?: Spec['serviceAccountName'];
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
  readonly kustomization: FluxObject<Spec>;
  /** Whether its manifests come from another source than the cluster's repository. */
  readonly isRemote: boolean;
  readonly dependsOn: NonNullable<ApplicationOptions['dependsOn']>;
  /** The HelmReleases in it that wait for something. */
  readonly waitingReleases: HelmRelease[] = [];
  /** What dependencies become, its own and others' on what is in it; known at synth. */
  lowered: Lowered = nothingLowered();
  readonly #wait: boolean | undefined;
  readonly #healthChecks: ApplicationOptions['healthChecks'];

  constructor(namespace: Namespace, name: string, options: ApplicationOptions = {}) {
    const { dependsOn, source, path, postBuild, shard, suspend, targetNamespace, ...rest } = options;
    super(namespace, name, namespace.namespace, shard);
    const { cluster, applier } = namespace;
    const { flux } = cluster;
    this.parent = namespace;
    this.namespace = namespace.namespace;
    this.folder = `${namespace.folder}/${name}/app`;
    this.file = `${namespace.folder}/${name}/ks.yaml`;
    this.dependsOn = dependsOn ?? [];
    this.#wait = rest.wait;
    this.#healthChecks = rest.healthChecks;
    this.isRemote = source !== undefined;
    if (source?.kind === 'ExternalArtifact') flux.takesExternalArtifacts = true;
    this.kustomization = new FluxObject<Spec>(this, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace: applier.namespace },
      spec: () => ({
        // What a reader must not miss stands first.
        ...(suspend !== undefined && { suspend }),
        ...(targetNamespace !== undefined && { targetNamespace }),
        ...(this.lowered.dependsOn.length > 0 && { dependsOn: this.lowered.dependsOn }),
        path: source === undefined ? cluster.pathInRepository(this.folder) : (path ?? './'),
        sourceRef: sourceFields(source ?? clusterRepository(namespace), applier.namespace),
        ...impersonation(namespace),
        interval: '1h',
        ...(isShort(rest.interval) ? {} : { retryInterval: '2m' }),
        timeout: '5m',
        prune: true,
        wait: this.#waits,
        ...(this.encrypted.length > 0 && { decryption: DECRYPTION }),
        ...rest,
        ...this.#health(rest),
        ...(postBuild && { postBuild: this.#postBuild(postBuild) }),
      }),
    });
    if (shard !== undefined) assignShard(this, shard);
  }

  /** What stands for the Application where others refer to it. */
  get object(): FluxObject<Spec> {
    return this.kustomization;
  }

  /** Whether the Application is ready only when this object is, of those in it. */
  checks(object: ApiObject): boolean {
    return this.#waits || this.checkedObjects.includes(object);
  }

  /** The objects of the tree that `healthChecks` names. */
  get checkedObjects(): readonly IConstruct[] {
    return [...(this.#healthChecks ?? []).filter(isConstruct), ...this.lowered.healthChecks];
  }

  /** Whether `healthChecks` were given in vain (kustomize-controller: checkHealth). */
  get ignoresHealthChecks(): boolean {
    return this.#waits && this.#healthChecks !== undefined;
  }

  get #waits(): boolean {
    return this.#wait ?? this.#healthChecks === undefined;
  }

  /** What is checked: what the author said, and what others wait for. */
  #health({
    healthChecks = [],
    healthCheckExprs = [],
  }: ApplicationOptions): Pick<Spec, 'healthChecks' | 'healthCheckExprs'> {
    const { lowered } = this;
    return {
      ...(lowered.healthChecks.length > 0 && { healthChecks: [...healthChecks, ...lowered.healthChecks] }),
      ...(lowered.healthCheckExprs.length > 0 && {
        healthCheckExprs: [...healthCheckExprs, ...lowered.healthCheckExprs],
      }),
    };
  }

  #postBuild({ substituteFrom, ...rest }: PostBuild): PostBuildSpec {
    if (substituteFrom === undefined) return rest;
    const pointer = (index: number) => `/spec/postBuild/substituteFrom/${index}`;
    return {
      ...rest,
      substituteFrom: substituteFrom.map((from, index) => dataSourceFields(from, this.kustomization, pointer(index))),
    };
  }
}

/** Where the interval itself is no longer than the default retry, a failure waits for the next turn, as Flux has it. */
function isShort(interval: string | undefined): boolean {
  return (seconds(interval) ?? Number.POSITIVE_INFINITY) <= 120;
}

/** @throws SlipwayError `synth/tenant-source` in a tenant, which may not reach the cluster's own repository */
function clusterRepository({ cluster: { flux }, applier }: Namespace): GitRepository {
  if (applier.namespace === flux.namespace) return flux.repository;
  throw new SlipwayError({
    code: 'synth/tenant-source',
    message: 'The manifests of a tenant’s Application come from a source of the tenant, and this one has none.',
    remedy: 'Give it a `source` that is declared in the tenant, or declare the objects in the tenant itself.',
  });
}

/** Read late: whether Flux is locked down is known when everything is declared. */
function impersonation({ applier }: Namespace): Pick<Spec, 'serviceAccountName' | 'targetNamespace'> {
  const { serviceAccountName, targetNamespace } = applier;
  return {
    ...(targetNamespace !== undefined && { targetNamespace }),
    ...(serviceAccountName !== undefined && { serviceAccountName }),
  };
}
