import type { HelmRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import { chartReference, type ChartOptions, type HelmChartReference } from './helm-chart-reference.ts';
import type { WithReferences } from './references.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface HelmRepositoryOptions extends WithReferences<HelmRepositorySpec> {
  /** `https://` or `http://`; `oci://` with `type: 'oci'`. */
  readonly url: string;
  /** How often Flux fetches the index. Default: `1h`. An `oci` repository has no index and is never fetched by itself. */
  readonly interval?: string;
  /** Default: Flux's, `default`. An `oci` one is static: Flux gives it no status, and its charts do the fetching. */
  readonly type?: 'default' | 'oci';
  /** Keys `username` and `password`; of type `kubernetes.io/dockerconfigjson` for `oci`. */
  readonly secretRef?: WithReferences<HelmRepositorySpec>['secretRef'];
  /** Whether the credentials also go to the host of the chart's archive, where the index names another one. */
  readonly passCredentials?: boolean;
}

/** A Helm repository. Declared on the Cluster, it lies in `flux/repositories/helm/`. */
export class HelmRepository extends Source<HelmRepositorySpec, 'HelmRepository'> {
  constructor(scope: SourceScope, name: string, options: HelmRepositoryOptions) {
    const { interval, url, ...rest } = options;
    super(sourceScope(scope, 'helm'), 'HelmRepository', name, () => ({ interval: interval ?? '1h', url, ...rest }));
  }

  /** A chart of this repository, at a version or a semver range. */
  chart(name: string, version: string, options: ChartOptions = {}): HelmChartReference {
    return chartReference(this, name, { version, ...options });
  }
}
