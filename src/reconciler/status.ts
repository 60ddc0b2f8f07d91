import { getObject, isApiError, type KubeClient, type KubeObject, replaceObject } from '../kube/index.ts';
import { identityOf, type JsonObject, mapOf } from '../manifest/index.ts';
import { withoutManagedFields } from './live-objects.ts';

/** How often somebody else may come first. */
const TRIES = 5;

/**
 * Writes what changed of the status of an object, whatever else of it changes meanwhile. The object is put in place of the
 * one that is there: that takes an API server a quarter less than to patch it does, of which most of what a commit costs
 * is made up; and a patch of a status is made to another object of that name too, whatever uid it says (customresource:
 * statusStrategy.PrepareForUpdate).
 *
 * @param known the object as it was seen last
 * @param before its status when `status` was begun
 * @returns the object as it is now; undefined where nothing changed, or where it is gone meanwhile
 */
export async function writeStatus(
  client: KubeClient,
  known: KubeObject,
  before: JsonObject,
  status: JsonObject,
  fieldManager: string,
): Promise<KubeObject | undefined> {
  const changed = Object.entries(status).filter(
    ([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value),
  );
  if (changed.length === 0) return undefined;
  const options = { fieldManager, subresource: 'status', metadataOnly: true };
  let object: KubeObject | undefined = known;
  for (let tries = 1; object?.metadata.uid === known.metadata.uid; tries++) {
    try {
      // The server keeps managed fields itself where none are said.
      const replacement = {
        ...withoutManagedFields(object),
        status: { ...mapOf(object.status), ...Object.fromEntries(changed) },
      };
      const { object: answer } = await replaceObject(client, replacement, options);
      return { ...replacement, metadata: answer.metadata };
    } catch (error) {
      if (isApiError(error, 'kube/not-found')) return undefined;
      if (!isApiError(error, 'kube/conflict') || tries === TRIES) throw error;
      object = await getObject(client, identityOf(known));
    }
  }
  return undefined;
}
