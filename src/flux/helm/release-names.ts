import { createHash } from 'node:crypto';
import type { JsonObject } from '../../manifest/index.ts';

const MAX_LENGTH = 53;
const HASH_LENGTH = 12;

/** Name of the Helm release (HelmRelease.GetReleaseName, and release.ShortenName for one that is too long). */
export function releaseName(name: string, spec: JsonObject): string {
  const { targetNamespace, releaseName: given } = spec;
  if (isGiven(given)) return shortened(given);
  return shortened(isGiven(targetNamespace) ? `${targetNamespace}-${name}` : name);
}

/** Where its objects go that name no namespace (HelmRelease.GetReleaseNamespace). */
export function releaseNamespace(namespace: string, { targetNamespace }: JsonObject): string {
  return isGiven(targetNamespace) ? targetNamespace : namespace;
}

/** Where helm keeps its record (HelmRelease.GetStorageNamespace). */
export function storageNamespace(namespace: string, { storageNamespace: given }: JsonObject): string {
  return isGiven(given) ? given : namespace;
}

function isGiven(value: JsonObject[string]): value is string {
  return typeof value === 'string' && value !== '';
}

function shortened(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash}`;
}
