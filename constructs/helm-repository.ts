import type { HelmRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import type { HelmChartReference } from './helm-chart.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface HelmRepositoryOptions extends Omit<HelmRepositorySpec, 'url' | 'interval'> {
  readonly url: NonNullable<HelmRepositorySpec['url']>;
  /** How often Flux fetches the index. Default: `1h`. An `oci` repository has no index and is never fetched by itself. */
  readonly interval?: string;
}

/** A Helm repository. Declared on the Cluster, it lies in `flux/repositories/helm/`. */
export class HelmRepository extends Source<HelmRepositorySpec> {
  constructor(scope: SourceScope, name: string, options: HelmRepositoryOptions) {
    const { interval, url, ...rest } = options;
    super(sourceScope(scope, 'helm'), 'HelmRepository', name, () => ({ interval: interval ?? '1h', url, ...rest }));
  }

  /** A chart of this repository, at a version or a semver range. */
  chart(name: string, version: string): HelmChartReference {
    return { source: this, chart: name, version };
  }
}
