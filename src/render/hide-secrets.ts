import { isObject, type Json, type JsonObject } from '../manifest/index.ts';
import { isMask } from '../sops/mask.ts';

/** In place of a value that stands in plain text: valid as base64, and the same for all, since there is no key to a better one. */
export const HIDDEN = 'masked00';

/**
 * Objects as they are shown: without the values of Secrets. Marks, placeholders of variables and what is still encrypted
 * say nothing, and stay.
 */
export function withoutSecretValues(objects: readonly JsonObject[]): readonly JsonObject[] {
  return objects.map((object) => {
    if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
    const hidden = (field: string): JsonObject =>
      isObject(object[field]) ? { [field]: hiddenMap(object[field]) } : {};
    return { ...object, ...hidden('data'), ...hidden('stringData') };
  });
}

export function hasSecret(objects: readonly JsonObject[]): boolean {
  return objects.some(({ kind, apiVersion }) => kind === 'Secret' && apiVersion === 'v1');
}

function hiddenMap(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, isHarmless(value) ? value : HIDDEN]));
}

function isHarmless(value: Json | undefined): boolean {
  if (typeof value !== 'string' || value === '') return value === '' || value === null || value === undefined;
  const decoded = Buffer.from(value, 'base64').toString();
  return [value, decoded].some(
    (text) =>
      isMask(text) ||
      /^\.\.PLACEHOLDER_\w+\.\.$/.test(text) ||
      /^ENC\[AES256_GCM,[^\s]*\]$/.test(text) ||
      /(?:^|\s)"?mac"?: "?ENC\[|^sops_mac=ENC\[|^\[sops\]$/m.test(text),
  );
}
