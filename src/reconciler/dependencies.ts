import { compileExpression } from '../flux/cel/index.ts';
import { isTrue, parseConditions } from '../flux/index.ts';
import { identityKey } from '../manifest/index.ts';
import { invalidExpression, sentenceOf } from './failure.ts';
import type { LiveObjects } from './live-objects.ts';
import { type Dependency, type Kustomization, KUSTOMIZATION, type Named, parseKustomization } from './kustomization.ts';
import type { Policy } from './policy.ts';
import { keyOf } from './sources.ts';

/**
 * Why a Kustomization has to wait for another one, in Flux's words; undefined where all are ready, and at the revision
 * that the source they share has now (KC: checkDependencies).
 *
 * @throws Failure `InvalidCELExpression` where a `readyExpr` is none
 */
export function unmetDependency(
  kustomization: Kustomization,
  revision: string,
  live: LiveObjects,
  { additiveReadyExpr }: Policy,
): string | undefined {
  for (const reference of kustomization.dependsOn) {
    const name = `${reference.namespace}/${reference.name}`;
    const object = live.get(dependencyKey(reference));
    if (object === undefined) {
      return `dependency '${name}' not found: ${KUSTOMIZATION.kind}.${KUSTOMIZATION.group} "${reference.name}" not found`;
    }
    if (reference.readyExpr !== '') {
      const unmet = unmetExpression(kustomization, reference, live);
      if (unmet !== undefined) return unmet;
      if (!additiveReadyExpr) continue;
    }
    const dependency = parseKustomization(object);
    const { status, generation } = dependency;
    if (status.observedGeneration !== generation || !isTrue(parseConditions(status.conditions), 'Ready')) {
      return `dependency '${name}' is not ready`;
    }
    if (keyOf(dependency.source) === keyOf(kustomization.source) && status.lastAppliedRevision !== revision) {
      return `dependency '${name}' revision is not up to date`;
    }
  }
  return undefined;
}

export function dependencyKey(reference: Named): string {
  return identityKey({ ...KUSTOMIZATION, ...reference });
}

/** KC: evalReadyExpr. What has no value yet, for example since there is no status, is waited for. */
function unmetExpression(self: Named, dependency: Dependency, live: LiveObjects): string | undefined {
  // Flux's types always have a status, though there is nothing in it.
  const data = {
    self: { status: {}, ...live.get(dependencyKey(self)) },
    dep: { status: {}, ...live.get(dependencyKey(dependency)) },
  };
  const { holds } = compiled(dependency);
  try {
    if (holds(data)) return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
  return `dependency '${dependency.namespace}/${dependency.name}' is not ready according to readyExpr eval`;
}

function compiled({ name, readyExpr }: Dependency) {
  try {
    return compileExpression(readyExpr);
  } catch (error) {
    throw invalidExpression(new Error(`failed to evaluate dependency ${name}: ${sentenceOf(error)}`, { cause: error }));
  }
}
