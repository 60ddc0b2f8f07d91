import type { ImageUpdateAutomationSpec } from '../imports/image.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface ImageUpdateAutomationOptions extends Omit<WithReferences<ImageUpdateAutomationSpec>, 'interval'> {
  /** The GitRepository to commit to; its credentials must be allowed to push. */
  readonly sourceRef: WithReferences<ImageUpdateAutomationSpec>['sourceRef'];
  /** How often Flux looks for something to write. Default: `30m`; a new tag triggers it as well. */
  readonly interval?: string;
  /** What is checked out (default: what the source follows), who commits, and where to (default: the same branch). */
  readonly git?: WithReferences<ImageUpdateAutomationSpec>['git'];
  /**
   * The folder in which marked lines are written. It must not be the tree: synth would overwrite what Flux wrote there,
   * so let it be a folder of data that the program reads.
   */
  readonly update?: ImageUpdateAutomationSpec['update'];
  /** Only the ImagePolicies with these labels, of the same namespace. Default: all of the namespace. */
  readonly policySelector?: ImageUpdateAutomationSpec['policySelector'];
}

/** Commits the tags that ImagePolicies chose. Declared on the Cluster, it lies in `flux/images/`. */
export class ImageUpdateAutomation extends FluxObject<WithReferences<ImageUpdateAutomationSpec>> {
  constructor(scope: FluxScope, name: string, options: ImageUpdateAutomationOptions) {
    const { interval, ...rest } = options;
    super(fluxScope(scope, 'images'), {
      apiVersion: 'image.toolkit.fluxcd.io/v1',
      kind: 'ImageUpdateAutomation',
      metadata: { name },
      spec: () => ({ interval: interval ?? '30m', ...rest }),
    });
  }
}
