/**
 * The nulls that cdk8s takes out of a manifest, put back.
 *
 * `ApiObject.toJson()` drops every null (cdk8s `_util.ts`, sanitizeValue). In Helm values a null is a value of its
 * own: it deletes the chart's default.
 *
 * @param json what cdk8s made
 * @param given what it was made from; a part that is made later (`Lazy`) is taken as cdk8s made it
 */
export function keepNulls(json: unknown, given: unknown): unknown {
  if (json === undefined && given === null) return null;
  if (Array.isArray(json) && Array.isArray(given)) return json.map((item, index) => keepNulls(item, given[index]));
  if (!isPlainObject(json) || !isPlainObject(given)) return json;
  const kept = Object.entries(json).map(([key, value]) => [key, keepNulls(value, given[key])] as const);
  const nulls = Object.keys(given).filter((key) => given[key] === null && !(key in json));
  if (nulls.length === 0) return Object.fromEntries(kept);
  return Object.fromEntries([...kept, ...nulls.map((key) => [key, null] as const)].sort(byKeyAsCdk8s));
}

/** Keys in the order that cdk8s gives them (`_util.ts`, sanitizeValue). */
function byKeyAsCdk8s([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (process.env.CDK8S_DISABLE_SORT) return 0;
  return a < b ? -1 : 1;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
