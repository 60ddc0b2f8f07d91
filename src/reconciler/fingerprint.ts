import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../manifest/index.ts';

/**
 * A digest of what drift depends on: labels, annotations, and all but metadata and status (ssa: hasDrifted). Two states
 * of an object with one fingerprint are the same to Flux.
 *
 * @param object as the API server gave it, which writes the keys of maps in one order; but for the type, which the items
 *   of a list do not have and get afterwards
 */
export function fingerprint({ apiVersion, kind, metadata, ...rest }: JsonObject): string {
  const { labels, annotations } = isObject(metadata) ? metadata : {};
  return digestOf({ apiVersion, kind, labels, annotations, content: { ...rest, status: undefined } });
}

export function digestOf(object: JsonObject): string {
  return createHash('sha1').update(JSON.stringify(object, bigints)).digest('base64');
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
