import type { ImagePolicySpec } from '../imports/image.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface ImagePolicyOptions extends WithReferences<ImagePolicySpec> {
  /** Of another namespace only if it gives access (`accessFrom`). */
  readonly imageRepositoryRef: WithReferences<ImagePolicySpec>['imageRepositoryRef'];
  /** Which tag is the newest: the highest in a `semver` range, or the last by `alphabetical` or `numerical` order. */
  readonly policy: ImagePolicySpec['policy'];
  /** `pattern` picks the tags; `extract` (`$build`) is what the policy then compares in place of the whole tag. */
  readonly filterTags?: ImagePolicySpec['filterTags'];
  /** Whether the digest of the tag is looked up, too; `Always` follows a moving tag, and needs an `interval`. */
  readonly digestReflectionPolicy?: ImagePolicySpec['digestReflectionPolicy'];
  /** How often the digest is looked up; allowed with `digestReflectionPolicy: 'Always'` alone. */
  readonly interval?: string;
}

/**
 * Chooses the newest tag of an ImageRepository. An ImageUpdateAutomation writes it where a comment
 * `# {"$imagepolicy": "<namespace>:<name>"}` stands. Declared on the Cluster, it lies in `flux/images/`.
 */
export class ImagePolicy extends FluxObject<WithReferences<ImagePolicySpec>> {
  constructor(scope: FluxScope, name: string, options: ImagePolicyOptions) {
    super(fluxScope(scope, 'images'), {
      apiVersion: 'image.toolkit.fluxcd.io/v1',
      kind: 'ImagePolicy',
      metadata: { name },
      spec: () => options,
    });
  }
}
