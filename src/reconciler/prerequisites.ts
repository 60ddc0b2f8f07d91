/** What must be so before anything of a Kustomization is built. */
import { parseHealthExpressions } from '../flux/cel/index.ts';
import type { HealthExpressions } from '../flux/index.ts';
import { identityKey } from '../manifest/index.ts';
import type { ReconcilerContext } from './context.ts';
import { unmetDependency } from './dependencies.ts';
import { Failure, invalidExpression } from './failure.ts';
import { type Kustomization, uncoveredFields } from './kustomization.ts';
import { SOURCE, type SourceArtifact } from './sources.ts';

/** @throws Failure `InvalidCELExpression` */
export function expressionsOf({ spec }: Kustomization): HealthExpressions {
  try {
    return parseHealthExpressions(spec.healthCheckExprs);
  } catch (error) {
    throw invalidExpression(error);
  }
}

/** @throws Failure where there is no source, or no artifact of it yet, or it may not be used */
export function artifactOf(kustomization: Kustomization, context: ReconcilerContext): SourceArtifact {
  const { source, namespace } = kustomization;
  const uncovered = uncoveredFields(kustomization);
  if (uncovered.length > 0) {
    throw new Failure('FeatureGateDisabled', `${uncovered.join(', ')} is not carried out by Slipway`, {
      isTerminal: true,
    });
  }
  if (context.policy.noCrossNamespaceRefs && source.namespace !== namespace) {
    const what = `${source.kind}/${source.namespace}/${source.name}`;
    const message = `can't access '${what}', cross-namespace references have been blocked`;
    throw new Failure('AccessDenied', message, { isTerminal: true });
  }
  const artifact = context.artifacts.get(source);
  if (artifact !== undefined) return artifact;
  const isThere = context.live.get(identityKey({ ...SOURCE, ...source })) !== undefined;
  const { kind, name } = source;
  const message = `Source '${kind}/${source.namespace}/${name}' not found`;
  throw new Failure('ArtifactFailed', isThere ? 'Source artifact not found' : message, { isWaiting: true });
}

/** @throws Failure `DependencyNotReady` */
export function checkDependencies(
  kustomization: Kustomization,
  artifact: SourceArtifact,
  context: ReconcilerContext,
): void {
  const unmet = unmetDependency(kustomization, artifact.revision, context.live, context.policy);
  if (unmet !== undefined) throw new Failure('DependencyNotReady', unmet, { isWaiting: true });
}
