import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/**
 * The hash of a ConfigMap's or Secret's content that kustomize adds to its name (api/hasher): of the data and, in a
 * Secret, the type. The name has its place there too, but kustomize looks it up by a path that never leads anywhere.
 */
export function contentHash(object: JsonObject): string {
  const fields =
    object.kind === 'Secret'
      ? { type: object.type ?? '', data: object.data ?? '', ...optional(object, 'stringData') }
      : { data: object.data ?? '', ...optional(object, 'binaryData') };
  const encoded = goJson({ kind: object.kind ?? '', name: '', ...fields });
  return createHash('sha256')
    .update(encoded)
    .digest('hex')
    .slice(0, 10)
    .replace(/[013ae]/g, (digit) => SAFE[digit] ?? digit);
}

/** Vowels and what looks like them could make words (kubectl: hash.go). */
const SAFE: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };

function optional(object: JsonObject, field: string): JsonObject {
  return isObject(object[field]) ? { [field]: object[field] } : {};
}

/** encoding/json.Marshal of a map: sorted keys, and <, >, &, LS and PS escaped. */
function goJson(value: Json): string {
  if (!isObject(value)) return escapeHtml(JSON.stringify(value));
  const members = Object.keys(value)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => `${escapeHtml(JSON.stringify(key))}:${goJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

function escapeHtml(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
