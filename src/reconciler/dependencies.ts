import { isTrue, parseConditions } from '../flux/index.ts';
import { identityKey } from '../manifest/index.ts';
import type { LiveObjects } from './live-objects.ts';
import { type Kustomization, KUSTOMIZATION, type Named, parseKustomization } from './kustomization.ts';
import { keyOf } from './sources.ts';

/**
 * Why a Kustomization has to wait for another one, in Flux's words; undefined where all are ready, and at the revision
 * that the source they share has now (KC: checkDependencies).
 */
export function unmetDependency(kustomization: Kustomization, revision: string, live: LiveObjects): string | undefined {
  for (const reference of kustomization.dependsOn) {
    const name = `${reference.namespace}/${reference.name}`;
    const object = live.get(dependencyKey(reference));
    if (object === undefined) {
      return `dependency '${name}' not found: ${KUSTOMIZATION.kind}.${KUSTOMIZATION.group} "${reference.name}" not found`;
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
