import type { HelmReleaseSpec, HelmReleaseSpecChart } from '../imports/helm.toolkit.fluxcd.io.ts';
import { shardLabels } from './flux-system/shard.ts';
import { isConstruct, type WithReferences } from './references.ts';
import { sourceFields, type SourceReference } from './sources.ts';

/** What may be said of a chart beside its name and its repository. */
export interface ChartOptions extends Omit<WithReferences<HelmReleaseSpecChart['spec']>, 'chart' | 'sourceRef'> {
  /** Labels and annotations of the HelmChart that Flux makes of this. */
  readonly metadata?: HelmReleaseSpecChart['metadata'];
  /**
   * What counts as a new chart: another `ChartVersion` (Flux's default), or any new `Revision` of the source, for a
   * chart whose version does not change with its content.
   */
  readonly reconcileStrategy?: 'ChartVersion' | 'Revision';
  /** How often Flux looks for a new version. Default: the interval of the release. */
  readonly interval?: string;
  /** Files of the chart whose values take the place of its `values.yaml`, which has to be listed if it is to count. */
  readonly valuesFiles?: readonly string[];
}

/** A chart by name, as `HelmRepository.chart()`, `GitRepository.chart()` and `Bucket.chart()` give it. */
export interface HelmChartReference extends ChartOptions {
  readonly source: SourceReference<'HelmRepository' | 'GitRepository' | 'Bucket'>;
  readonly chart: string;
}

/**
 * What a HelmRelease installs: a chart of a repository, or an OCIRepository, HelmChart or ExternalArtifact that is the
 * chart.
 */
export type HelmChartSource = HelmChartReference | SourceReference<'OCIRepository' | 'HelmChart' | 'ExternalArtifact'>;

export function chartReference(
  source: HelmChartReference['source'],
  chart: string,
  options: ChartOptions,
): HelmChartReference {
  return { source, chart, ...options };
}

/**
 * The two ways in which a HelmRelease names its chart: `spec.chart`, from which Flux makes a HelmChart of its own, or
 * `spec.chartRef`. The namespace is written only where it is another one.
 */
export function chartFields(
  source: HelmChartSource,
  namespace: string,
): Pick<WithReferences<HelmReleaseSpec>, 'chart' | 'chartRef'> {
  if (!('source' in source)) return { chartRef: sourceFields(source, namespace) };
  const { source: repository, chart, version, metadata, ...rest } = source;
  return {
    chart: {
      ...chartMetadata(repository, metadata),
      spec: {
        chart,
        ...(version !== undefined && { version }),
        ...rest,
        sourceRef: sourceFields(repository, namespace),
      },
    },
  };
}

/** The HelmChart that Flux makes has to be in the shard of its repository (Flux's guide to sharding). */
function chartMetadata(
  repository: HelmChartReference['source'],
  metadata: ChartOptions['metadata'],
): Pick<HelmReleaseSpecChart, 'metadata'> {
  const shard = isConstruct(repository) ? shardLabels(repository) : undefined;
  if (shard === undefined) return metadata === undefined ? {} : { metadata };
  return { metadata: { ...metadata, labels: { ...metadata?.labels, ...shard } } };
}
