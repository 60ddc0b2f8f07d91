import type { ImageRepositorySpec } from '../imports/image.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface ImageRepositoryOptions extends Omit<WithReferences<ImageRepositorySpec>, 'interval'> {
  /** The image without a tag: `ghcr.io/owner/name`. */
  readonly image: string;
  /** How often Flux lists the tags. Default: `1h`. */
  readonly interval?: string;
  /** Regular expressions of tags to pass over. Default: Flux's, cosign's signatures (`^.*\.sig$`). */
  readonly exclusionList?: readonly string[];
  /** Of type `kubernetes.io/dockerconfigjson`. */
  readonly secretRef?: WithReferences<ImageRepositorySpec>['secretRef'];
  /** The namespaces whose ImagePolicies may refer to it, beside its own. Default: none. */
  readonly accessFrom?: ImageRepositorySpec['accessFrom'];
}

/**
 * The tags of an image in a registry, listed by image-reflector-controller. Declared on the Cluster, it lies in
 * `flux/images/`.
 */
export class ImageRepository extends FluxObject<WithReferences<ImageRepositorySpec>> {
  constructor(scope: FluxScope, name: string, options: ImageRepositoryOptions) {
    const { image, interval, ...rest } = options;
    super(fluxScope(scope, 'images'), {
      apiVersion: 'image.toolkit.fluxcd.io/v1',
      kind: 'ImageRepository',
      metadata: { name },
      spec: () => ({ image, interval: interval ?? '1h', ...rest }),
    });
  }
}
