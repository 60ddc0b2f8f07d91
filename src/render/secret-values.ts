import { decodeBase64 } from '../flux/index.ts';
import { isList, isObject, type Json, type JsonObject } from '../manifest/index.ts';

/** The values of an object that were not there before it was decrypted, those of a Secret decoded too. */
export function decryptedValues(before: JsonObject, after: JsonObject): readonly string[] {
  const known = new Set(leavesOf(before));
  return leavesOf(after)
    .filter((leaf) => !known.has(leaf))
    .flatMap(withDecoded);
}

/** All values of a Secret, as they are and decoded. */
export function valuesOfSecret({ kind, data, stringData }: JsonObject): readonly string[] {
  return kind === 'Secret' ? [data, stringData].flatMap(leavesOf).flatMap(withDecoded) : [];
}

/** What a message may repeat of a decrypted file: its lines, and what stands behind the key in them. */
export function valuesOfFile(content: Buffer): readonly string[] {
  return content
    .toString()
    .split(/\r?\n/)
    .flatMap((line) => [line.trim(), line.replace(/^[^=:]*[=:]\s*/, '').replaceAll(/^["']|["'],?$/g, '')]);
}

function leavesOf(value: Json | undefined): readonly string[] {
  if (isList(value)) return value.flatMap(leavesOf);
  if (isObject(value)) return Object.values(value).flatMap(leavesOf);
  return value === undefined || value === null ? [] : [String(value)];
}

function withDecoded(text: string): readonly string[] {
  const decoded = decodeBase64(text)?.toString();
  return decoded === undefined ? [text] : [text, decoded];
}
