import type { ExternalArtifactSpec } from '../imports/source.toolkit.fluxcd.io.ts';
import type { WithReferences } from './references.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

/**
 * An artifact that a controller outside of Flux makes and publishes in the object's status (Flux RFC-0012). Those of an
 * ArtifactGenerator are made by Flux and not declared. kustomize- and helm-controller take one only with the feature
 * gate `ExternalArtifact`. Declared on the Cluster, it lies in `flux/repositories/artifact/`.
 */
export class ExternalArtifact extends Source<ExternalArtifactSpec, 'ExternalArtifact'> {
  constructor(scope: SourceScope, name: string, options: WithReferences<ExternalArtifactSpec> = {}) {
    super(sourceScope(scope, 'artifact'), 'ExternalArtifact', name, () => options);
  }
}
