import { identityKey, identityOf, isObject, type JsonObject } from '../manifest/index.ts';

/**
 * The Jobs that the cluster deletes by itself once they are done (ssa: ExtractJobsWithTTL), by `identityKey`: of these,
 * gone is well, and no drift.
 */
export function jobsThatPass(objects: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(objects.filter(isJobThatPasses).map((object) => identityKey(identityOf(object))));
}

export function isJobThatPasses({ apiVersion, kind, spec }: JsonObject): boolean {
  return kind === 'Job' && apiVersion === 'batch/v1' && isObject(spec) && spec.ttlSecondsAfterFinished !== undefined;
}
