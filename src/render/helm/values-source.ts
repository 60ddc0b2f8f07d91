import { decodeBase64, isSealed } from '../../flux/index.ts';
import { identityKey, type JsonObject, mapOf } from '../../manifest/index.ts';
import { isMask } from '../../sops/mask.ts';
import { HIDDEN } from '../hide-secrets.ts';
import type { MaskedValues } from '../masked-values.ts';
import { placeholder } from '../secret-variables.ts';
import { secretContent } from './secret-content.ts';
import { itself, type StandIn, standInOfText } from './stand-in.ts';
import type { Content, ValuesReference, ValuesSource } from './values.ts';

/**
 * What a reference of a HelmRelease names. Of a Secret, whether it stands in plain text or was decrypted, only stand-ins; what no
 * key opened, or the cluster alone may have, is unknown. What is optional and the repository does not make counts as empty.
 */
export function valuesOf(
  { kind, name, isOptional }: ValuesReference,
  namespace: string,
  objects: ReadonlyMap<string, JsonObject>,
  known: MaskedValues,
): ValuesSource {
  const object = objects.get(identityKey({ group: '', kind, namespace, name }));
  if (object === undefined) return kind !== 'Secret' && isOptional ? new Map() : 'unknown';
  if (kind !== 'Secret')
    return new Map(texts(object.data).map(([key, text]) => [key, ofConfigMap(text, object, known)]));
  const { data, stringData } = object;
  return new Map([
    ...texts(data).map(([key, text]) => [key, ofData(text, known)] as const),
    // The API server lets it win over data.
    ...texts(stringData).map(([key, text]) => [key, ofText(text, known)] as const),
  ]);
}

function texts(map: JsonObject[string]): readonly (readonly [string, string])[] {
  return Object.entries(mapOf(map)).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  );
}

function ofConfigMap(text: string, object: JsonObject, known: MaskedValues): Content | null {
  if (isSealed(object)) return null;
  return isMask(text) ? (known.get(text)?.content ?? null) : text;
}

function ofData(text: string, known: MaskedValues): Content | null {
  if (isMask(text)) return known.get(text)?.decoded ?? null;
  const decoded = decodeBase64(text)?.toString();
  return decoded === undefined ? null : ofText(decoded, known);
}

/** A text that is plain, a mark, or a document with marks or ciphertext for values, as a generator makes it of a file. */
function ofText(text: string, known: MaskedValues): Content | null {
  if (isMask(text)) return known.get(text)?.content ?? null;
  if (isCiphertext(text)) return null;
  const keys = new Set<Buffer>();
  const content = secretContent(
    text,
    (leaf, path): StandIn | undefined => {
      if (isCiphertext(leaf)) return closedLeaf(leaf, path);
      if (!isMask(leaf)) return standInOfText(leaf, HIDDEN);
      const mask = known.get(leaf);
      mask?.content.keys.forEach((key) => keys.add(key));
      return mask?.leaf;
    },
    [],
  );
  return { ...content, isPartial: text.includes('ENC[AES256_GCM,'), keys: [...keys] };
}

function isCiphertext(text: string): boolean {
  return /^ENC\[AES256_GCM,[^\s]*\]$/.test(text);
}

/** Of what no key opens SOPS tells the type. */
function closedLeaf(ciphertext: string, path: readonly string[]): StandIn | undefined {
  return ciphertext.endsWith(',type:str]') ? itself(placeholder(path.join('_').replaceAll(/\W/g, '_'))) : undefined;
}
