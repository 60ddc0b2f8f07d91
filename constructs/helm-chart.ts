import type { HelmReleaseSpec } from '../imports/helm.toolkit.fluxcd.io.ts';
import type { GitRepository } from './git-repository.ts';
import type { HelmRepository } from './helm-repository.ts';
import type { OCIRepository } from './oci-repository.ts';

/** A chart by name, as `HelmRepository.chart()` and `GitRepository.chart()` give it. */
export interface HelmChartReference {
  readonly source: HelmRepository | GitRepository;
  readonly chart: string;
  readonly version?: string;
  readonly reconcileStrategy?: 'ChartVersion' | 'Revision';
}

/** What a HelmRelease installs: a chart of a repository, or an OCIRepository that is the chart. */
export type HelmChartSource = HelmChartReference | OCIRepository;

/**
 * The two ways in which a HelmRelease names its chart: `spec.chart`, from which Flux makes a HelmChart of its own, or
 * `spec.chartRef`. The namespace is written only where it is another one.
 */
export function chartFields(source: HelmChartSource, namespace: string): Pick<HelmReleaseSpec, 'chart' | 'chartRef'> {
  if ('source' in source) {
    const { chart, version, reconcileStrategy } = source;
    return {
      chart: {
        spec: {
          chart,
          ...(version !== undefined && { version }),
          ...(reconcileStrategy !== undefined && { reconcileStrategy }),
          sourceRef: {
            kind: source.source.kind as 'HelmRepository' | 'GitRepository',
            name: source.source.name,
            ...(source.source.namespace !== namespace && { namespace: source.source.namespace }),
          },
        },
      },
    };
  }
  return {
    chartRef: {
      kind: 'OCIRepository',
      name: source.name,
      ...(source.namespace !== namespace && { namespace: source.namespace }),
    },
  };
}
