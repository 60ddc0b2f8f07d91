import { createHash } from 'node:crypto';
import type { JsonObject } from '../../manifest/index.ts';
import { text } from '../sources.ts';

const MAX_LENGTH = 53;
const HASH_LENGTH = 12;

/** Name of the Helm release (HelmRelease.GetReleaseName, and release.ShortenName for one that is too long). */
export function releaseName(name: string, spec: JsonObject): string {
  const target = text(spec.targetNamespace);
  const given = text(spec.releaseName);
  if (given !== '') return shortened(given);
  return shortened(target === '' ? name : `${target}-${name}`);
}

/** Where its objects go that name no namespace (HelmRelease.GetReleaseNamespace). */
export function releaseNamespace(namespace: string, spec: JsonObject): string {
  const target = text(spec.targetNamespace);
  return target === '' ? namespace : target;
}

function shortened(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash}`;
}
