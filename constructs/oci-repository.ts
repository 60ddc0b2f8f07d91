import type { OCIRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import type { WithReferences } from './references.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface OCIRepositoryOptions extends Omit<WithReferences<OCIRepositorySpec>, 'interval'> {
  /** `oci://registry/path`, without a tag. */
  readonly url: string;
  /** A tag; for a digest or a semver range give `ref`. */
  readonly tag?: string;
  /** Flux takes the first of `digest`, `semver` (with `semverFilter`, a regular expression on tags), `tag`. */
  readonly ref?: OCIRepositorySpec['ref'];
  /** How often Flux asks the registry whether the tag moved. Default: `1h`. */
  readonly interval?: string;
  /**
   * Which layer is taken. Default: Flux's, the first one, extracted. Of a Helm chart it is
   * `application/vnd.cncf.helm.chart.content.v1.tar+gzip`, with `operation: 'copy'` to keep the archive.
   */
  readonly layerSelector?: OCIRepositorySpec['layerSelector'];
  /** Of type `kubernetes.io/dockerconfigjson`. */
  readonly secretRef?: WithReferences<OCIRepositorySpec>['secretRef'];
  /** Whose image pull secrets are used as well. */
  readonly serviceAccountName?: WithReferences<OCIRepositorySpec>['serviceAccountName'];
  /**
   * The signature that an artifact must bear: cosign with the `*.pub` keys of a secret or, without one, keyless for
   * `matchOIDCIdentity`; or notation with a `trustpolicy.json`.
   */
  readonly verify?: WithReferences<OCIRepositorySpec>['verify'];
}

/**
 * An OCI artifact: a Helm chart, given to a HelmRelease as its chart, or manifests, given to an Application as its
 * source. Declared on the Cluster, it lies in `flux/repositories/oci/`.
 */
export class OCIRepository extends Source<OCIRepositorySpec, 'OCIRepository'> {
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
