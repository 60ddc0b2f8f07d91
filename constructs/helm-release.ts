import type { HelmReleaseSpec, HelmReleaseSpecDependsOn } from '../imports/helm.toolkit.fluxcd.io.ts';
import { SlipwayError } from '../src/errors.ts';
import type { Application } from './application.ts';
import type { Awaited, Dependency } from './dependency.ts';
import { FluxObject } from './flux-object.ts';
import { assignShard } from './flux-system/shard.ts';
import { given, isGiven } from './given.ts';
import { chartFields, type HelmChartSource } from './helm-chart-reference.ts';
import { dataSourceFields, isConstruct, namespaceField, type DataSource, type WithReferences } from './references.ts';
import type { Tenant } from './tenant.ts';

const WAITS_ALONE = {
  code: 'synth/dependency-unchecked',
  message: 'A HelmRelease outside of an Application can wait for other HelmReleases alone.',
  remedy: 'Take everything else out of its `dependsOn`.',
};

type Spec = WithReferences<HelmReleaseSpec>;

/** Values that Flux reads from a ConfigMap or a Secret of the release's namespace when it installs the chart. */
export interface ValuesFrom extends DataSource {
  /** The key that holds the values. Default: Flux's, `values.yaml`. */
  readonly valuesKey?: string | undefined;
  /** Where in the values a single value goes, for example `auth.password`. Default: merged at the root. */
  readonly targetPath?: string | undefined;
  /** Whether the value at `targetPath` is taken as it stands, commas, braces and all, as by helm's `--set-literal`. */
  readonly literal?: boolean | undefined;
}

export interface HelmReleaseOptions extends Omit<
  Spec,
  'chart' | 'chartRef' | 'interval' | 'values' | 'valuesFrom' | 'dependsOn'
> {
  readonly chart: HelmChartSource;
  /** Written as they stand; `null` deletes a default of the chart. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Merged in this order, later over earlier, and all below `values`, except for what has a `targetPath`. */
  readonly valuesFrom?: readonly (ValuesFrom | NonNullable<HelmReleaseSpec['valuesFrom']>[number])[];
  /**
   * What must be ready first: other releases; or Applications and any object, for which the whole Application of this one
   * then waits. Releases outside of the tree as Flux names them.
   */
  readonly dependsOn?: readonly (Dependency | HelmReleaseSpecDependsOn)[];
  /** How often Flux compares the release with what it should be. Default: `1h`. */
  readonly interval?: string;
  /** Of each Helm action, unless the action has one of its own. Default: Flux's, `5m`. */
  readonly timeout?: string;
  /**
   * The name that Helm knows. Default: Flux's, the object's name, after `targetNamespace-` where there is one; beyond 53
   * characters it is cut and a digest added. Another name is another release: the old one is uninstalled.
   */
  readonly releaseName?: string;
  /** Where the chart's objects go, if not beside this one. Another one is another release. */
  readonly targetNamespace?: string;
  /** How many revisions Helm keeps. Default: Flux's, 5; 0 is all. */
  readonly maxHistory?: number;
  /** Whether objects that were changed behind Flux's back are put right between upgrades. Default: Flux's, `disabled`. */
  readonly driftDetection?: HelmReleaseSpec['driftDetection'];
  /** Default: `crds: 'Create'` is Flux's; three retries are ours, since Flux gives up after the first failure. */
  readonly install?: HelmReleaseSpec['install'];
  /** As `install`; an upgrade that still fails is rolled back. With a `strategy` of `RetryOnFailure` it never is. */
  readonly upgrade?: HelmReleaseSpec['upgrade'];
  /** kustomize patches and images over what the chart renders, hooks included. */
  readonly postRenderers?: HelmReleaseSpec['postRenderers'];
  /** Another cluster to install into. */
  readonly kubeConfig?: Spec['kubeConfig'];
  /** The ServiceAccount, of the same namespace, as which Flux installs. Default: Flux's own rights. */
  readonly serviceAccountName?: Spec['serviceAccountName'];
}

/** What a failed release does unless its author says otherwise: without it, Flux gives up after the first failure. */
const DEFAULT_REMEDIATION = {
  install: { remediation: { retries: 3 } },
  upgrade: { cleanupOnFail: true, remediation: { retries: 3, strategy: 'rollback' } },
} satisfies Pick<HelmReleaseSpec, 'install' | 'upgrade'>;

/** A Helm release, installed into the namespace of its Application; or of a tenant, and then as the tenant's account. */
export class HelmRelease extends FluxObject<Spec> {
  /** What it is applied with, if not with everything in its namespace. */
  readonly application: Application | undefined;
  readonly #given: NonNullable<HelmReleaseOptions['dependsOn']>;
  readonly #dependsOn: NonNullable<HelmReleaseOptions['dependsOn']>;

  constructor(scope: Application | Tenant, name: string, options: HelmReleaseOptions) {
    const { chart, values, valuesFrom, dependsOn, interval, install, upgrade, ...rest } = options;
    const application = 'parent' in scope ? scope : undefined;
    const tenant = 'parent' in scope ? scope.parent : scope;
    const { namespace } = scope;
    if (isGiven(chart) && 'kind' in chart && chart.kind === 'ExternalArtifact')
      tenant.cluster.flux.takesExternalArtifacts = true;
    super(scope, {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name },
      spec: () => ({
        interval: interval ?? '1h',
        ...chartFields(given(chart, 'chart'), namespace),
        ...this.#dependsOnField(),
        serviceAccountName: application === undefined ? tenant.applier.serviceAccountName : undefined,
        ...rest,
        install: install ?? DEFAULT_REMEDIATION.install,
        upgrade: upgrade ?? DEFAULT_REMEDIATION.upgrade,
        ...(valuesFrom && {
          valuesFrom: valuesFrom.map((from, index) => dataSourceFields(from, this, `/spec/valuesFrom/${index}`)),
        }),
        ...(values && { values }),
      }),
    });
    this.application = application;
    this.#given = dependsOn ?? [];
    this.#dependsOn = this.#given.filter(isGiven);
    if (dependsOn !== undefined) application?.waitingReleases.push(this);
    if (application?.shard !== undefined) assignShard(this, application.shard);
  }

  /** The releases of the tree that must be ready first. */
  get releases(): readonly HelmRelease[] {
    return this.#dependsOn.flatMap((dependency) => releaseOf(dependency) ?? []);
  }

  /** What a HelmRelease cannot wait for in Flux: its Application has to. */
  liftedDependencies(): Awaited[] {
    return this.#dependsOn.flatMap((dependency): Awaited[] => {
      if (releaseOf(dependency) !== undefined) return [];
      if (isConstruct(dependency)) return [{ on: dependency, until: 'ready' }];
      return 'on' in dependency ? [dependency] : [];
    });
  }

  /** @throws SlipwayError `synth/dependency-unchecked` if there is no Application that could wait in its stead */
  #dependsOnField(): Pick<HelmReleaseSpec, 'dependsOn'> {
    if (this.application === undefined && this.liftedDependencies().length > 0) throw new SlipwayError(WAITS_ALONE);
    for (const [index, dependency] of this.#given.entries()) given(dependency, `dependsOn[${index}]`);
    const own = this.metadata.namespace;
    const entries = this.#dependsOn.flatMap((dependency): HelmReleaseSpecDependsOn[] => {
      const release = releaseOf(dependency);
      if (release === undefined) return isConstruct(dependency) || 'on' in dependency ? [] : [dependency];
      const readyExpr = 'on' in dependency ? dependency.readyExpr : undefined;
      const namespace = namespaceField(release.metadata.namespace, own);
      return [{ name: release.name, ...namespace, ...(readyExpr !== undefined && { readyExpr }) }];
    });
    return entries.length === 0 ? {} : { dependsOn: entries };
  }
}

/** The release that a dependency waits for to be ready, if it is one. */
function releaseOf(dependency: Dependency | HelmReleaseSpecDependsOn): HelmRelease | undefined {
  const on = isConstruct(dependency)
    ? dependency
    : 'on' in dependency && dependency.until === 'ready'
      ? dependency.on
      : undefined;
  return on instanceof HelmRelease ? on : undefined;
}
