import { createHash } from 'node:crypto';
import { formatJson, isObject, type Json, type JsonObject } from '../manifest/index.ts';

/**
 * kube-controller-manager numbers the rollouts of a Deployment here (deployment/util: RevisionAnnotation), soon after it
 * was made or changed. It is no drift, and nobody else's to write.
 */
const ROLLOUT = 'deployment.kubernetes.io/revision';

const fingerprints = new WeakMap<JsonObject, string>();
const digests = new WeakMap<JsonObject, string>();

/**
 * A digest of what drift depends on: labels, annotations, and all but metadata and status (ssa: hasDrifted). Two states
 * of an object with one fingerprint are the same to Flux.
 *
 * @param object as the API server gave it, which writes the keys of maps in one order; but for the type, which the items
 *   of a list do not have and get afterwards
 */
export function fingerprint(object: JsonObject): string {
  return once(fingerprints, object, computeFingerprint);
}

function computeFingerprint({ apiVersion, kind, metadata, ...rest }: JsonObject): string {
  const { labels, annotations } = isObject(metadata) ? metadata : {};
  return computeDigest({
    apiVersion,
    kind,
    labels,
    annotations: withoutRollout(annotations),
    content: { ...rest, status: undefined },
  });
}

/** An object that had no annotations before has none then. */
export function withoutRollout(annotations: Json | undefined): Json | undefined {
  if (!isObject(annotations) || annotations[ROLLOUT] === undefined) return annotations;
  const others = Object.entries(annotations).filter(([name]) => name !== ROLLOUT);
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** SHA-1 of an object as JSON. */
export function digestOf(object: JsonObject): string {
  return once(digests, object, computeDigest);
}

/** Objects are never changed, and the same ones are asked for whenever something happens near them. */
function once(known: WeakMap<JsonObject, string>, object: JsonObject, compute: (object: JsonObject) => string): string {
  const before = known.get(object);
  if (before !== undefined) return before;
  const digest = compute(object);
  known.set(object, digest);
  return digest;
}

function computeDigest(object: JsonObject): string {
  return createHash('sha1').update(formatJson(object)).digest('base64');
}
