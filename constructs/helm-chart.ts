import type { HelmChartSpec } from '../imports/source.toolkit.fluxcd.io.ts';
import { assertSameNamespace, isConstruct, type WithReferences } from './references.ts';
import { objectOf } from './object-reference.ts';
import { Source, sourceFields, sourceScope, type SourceReference, type SourceScope } from './sources.ts';

export interface HelmChartOptions extends Omit<WithReferences<HelmChartSpec>, 'interval' | 'sourceRef'> {
  /** The name of the chart in a HelmRepository; its folder in a GitRepository or a Bucket. */
  readonly chart: string;
  /** In the same namespace: Flux looks nowhere else. */
  readonly sourceRef: SourceReference<'HelmRepository' | 'GitRepository' | 'Bucket'>;
  /** A version or a semver range; counts only for a HelmRepository. Default: Flux's, `*`, the newest. */
  readonly version?: string;
  /** How often Flux looks for a new version. Default: `1h`. */
  readonly interval?: string;
}

/**
 * A chart that several HelmReleases share. One that is used once needs none: Flux makes a HelmChart for each release by
 * itself. Declared on the Cluster, it lies in `flux/repositories/chart/`.
 */
export class HelmChart extends Source<HelmChartSpec, 'HelmChart'> {
  constructor(scope: SourceScope, name: string, options: HelmChartOptions) {
    const { interval, sourceRef, ...rest } = options;
    super(sourceScope(scope, 'chart'), 'HelmChart', name, () => {
      if (isConstruct(sourceRef)) assertSameNamespace(objectOf(sourceRef), this.object, '/spec/sourceRef');
      return { interval: interval ?? '1h', sourceRef: sourceFields(sourceRef, this.namespace), ...rest };
    });
  }
}
