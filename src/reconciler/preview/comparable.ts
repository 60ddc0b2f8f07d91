import { isObject, type JsonObject } from '../../manifest/index.ts';
import { withoutRollout } from '../fingerprint.ts';

/** An object without what no sync changes: its status, and the metadata that the API server alone writes (ssa: hasDrifted). */
export function comparable({ apiVersion, kind, metadata, ...content }: JsonObject): JsonObject {
  const { name, namespace, labels, annotations } = isObject(metadata) ? metadata : {};
  const kept = { name, namespace, labels: filled(labels), annotations: filled(withoutRollout(annotations)) };
  return { apiVersion, kind, metadata: kept, ...content, status: undefined };
}

/** An empty map and none are the same. */
function filled(map: JsonObject[string]): JsonObject | undefined {
  return isObject(map) && Object.keys(map).length > 0 ? map : undefined;
}
