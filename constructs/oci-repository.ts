import type { OCIRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface OCIRepositoryOptions extends Omit<OCIRepositorySpec, 'interval' | 'ref'> {
  /** A tag; for a digest or a semver range give `ref`. */
  readonly tag?: string;
  readonly ref?: OCIRepositorySpec['ref'];
  /** How often Flux asks the registry whether the tag moved. Default: `1h`. */
  readonly interval?: string;
}

/**
 * An OCI artifact: a Helm chart, given to a HelmRelease as its chart, or manifests, given to an Application as its
 * source. Declared on the Cluster, it lies in `flux/repositories/oci/`.
 */
export class OCIRepository extends Source<OCIRepositorySpec> {
  constructor(scope: SourceScope, name: string, options: OCIRepositoryOptions) {
    const { tag, ref, interval, url, ...rest } = options;
    super(sourceScope(scope, 'oci'), 'OCIRepository', name, () => ({
      interval: interval ?? '1h',
      url,
      ref: ref ?? (tag === undefined ? undefined : { tag }),
      ...rest,
    }));
  }
}
