import { differences, isObject, type Json, type JsonObject } from '../manifest/index.ts';

/** More than this says no more. */
const MAX_FIELDS = 100;

/** JSON pointers of what an apply changed, for the audit log; no values, which may be secret. */
export function changedFields(before: JsonObject | undefined, after: JsonObject): readonly string[] {
  if (before === undefined) return [];
  return differences(content(before), content(after))
    .map(({ pointer }) => pointer)
    .slice(0, MAX_FIELDS);
}

/** What a reconciler changes: neither status nor what the API server writes. */
function content(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { labels, annotations } = metadata;
  const kept: Record<string, Json | undefined> = { ...object, metadata: { labels, annotations } };
  delete kept.status;
  return kept;
}
