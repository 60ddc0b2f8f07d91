import type { HelmReleaseSpec } from '../imports/helm.toolkit.fluxcd.io.ts';
import type { Application } from './application.ts';
import { FluxObject } from './flux-object.ts';
import { chartFields, type HelmChartSource } from './helm-chart.ts';
import { objectOf, type ObjectReference } from './object-reference.ts';

/** Values that Flux reads from a ConfigMap or a Secret of the release's namespace when it installs the chart. */
export interface ValuesFrom {
  readonly from: ObjectReference;
  /** The key that holds the values. Default: Flux's, `values.yaml`. */
  readonly valuesKey?: string;
  /** Where in the values a single value goes, for example `auth.password`. Default: merged at the root. */
  readonly targetPath?: string;
  /** Whether the release goes on without it. Default: false. */
  readonly optional?: boolean;
}

export interface HelmReleaseOptions extends Omit<
  HelmReleaseSpec,
  'chart' | 'chartRef' | 'interval' | 'values' | 'valuesFrom' | 'dependsOn'
> {
  readonly chart: HelmChartSource;
  /** Written as they stand; `null` deletes a default of the chart. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Merged in this order, later over earlier, and all below `values`. */
  readonly valuesFrom?: readonly ValuesFrom[];
  /** Releases that must be ready first. */
  readonly dependsOn?: readonly HelmRelease[];
  /** How often Flux compares the release with what it should be. Default: `1h`. */
  readonly interval?: string;
}

/** What a failed release does unless its author says otherwise: without it, Flux gives up after the first failure. */
const DEFAULT_REMEDIATION = {
  install: { remediation: { retries: 3 } },
  upgrade: { cleanupOnFail: true, remediation: { retries: 3, strategy: 'rollback' } },
} satisfies Pick<HelmReleaseSpec, 'install' | 'upgrade'>;

/** A Helm release, installed into the namespace of its Application. */
export class HelmRelease extends FluxObject<HelmReleaseSpec> {
  constructor(application: Application, name: string, options: HelmReleaseOptions) {
    const { chart, values, valuesFrom, dependsOn, interval, install, upgrade, ...rest } = options;
    const namespace = application.namespace;
    super(application, {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name },
      spec: () => ({
        interval: interval ?? '1h',
        ...chartFields(chart, namespace),
        ...(dependsOn && {
          dependsOn: dependsOn.map((release) => {
            const other = release.metadata.namespace;
            return { name: release.name, ...(other !== undefined && other !== namespace && { namespace: other }) };
          }),
        }),
        ...rest,
        install: install ?? DEFAULT_REMEDIATION.install,
        upgrade: upgrade ?? DEFAULT_REMEDIATION.upgrade,
        ...(valuesFrom && { valuesFrom: valuesFrom.map(valuesFromFields) }),
        ...(values && { values }),
      }),
    });
  }
}

function valuesFromFields({ from, ...rest }: ValuesFrom): NonNullable<HelmReleaseSpec['valuesFrom']>[number] {
  const { kind, name } = objectOf(from);
  return { kind: kind as 'ConfigMap' | 'Secret', name, ...rest };
}
