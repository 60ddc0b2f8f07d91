import type { BucketSpec } from '../imports/source.toolkit.fluxcd.io.ts';
import { chartReference, type ChartOptions, type HelmChartReference } from './helm-chart-reference.ts';
import type { WithReferences } from './references.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface BucketOptions extends Omit<WithReferences<BucketSpec>, 'interval'> {
  /** Host of the object storage, without a scheme: `minio.example.org:9000`. */
  readonly endpoint: string;
  /** How often Flux lists the bucket. Default: `10m`. */
  readonly interval?: string;
  /** Only objects whose keys begin with it are fetched. */
  readonly prefix?: string;
  /** Keys `accesskey` and `secretkey`; `serviceaccount` for `gcp`. */
  readonly secretRef?: WithReferences<BucketSpec>['secretRef'];
  /** Whether plain HTTP will do. Default: Flux's, false. */
  readonly insecure?: boolean;
}

/**
 * A bucket of an object storage. Its revision is a digest of keys and ETags, so that any write is a new revision.
 * Declared on the Cluster, it lies in `flux/repositories/bucket/`.
 */
export class Bucket extends Source<BucketSpec, 'Bucket'> {
  constructor(scope: SourceScope, name: string, options: BucketOptions) {
    const { interval, ...rest } = options;
    super(sourceScope(scope, 'bucket'), 'Bucket', name, () => ({ interval: interval ?? '10m', ...rest }));
  }

  /** The Helm chart in a folder of this bucket; unless told otherwise it is rebuilt with every revision. */
  chart(path: string, options: ChartOptions = {}): HelmChartReference {
    return chartReference(this, path, { reconcileStrategy: 'Revision', ...options });
  }
}
