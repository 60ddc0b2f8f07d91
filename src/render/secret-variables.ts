import { decodeBase64, isSealed } from '../flux/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { isMask } from '../sops/mask.ts';

/** What stands for a variable of which only the name is known. */
export function placeholder(name: string): string {
  return `..PLACEHOLDER_${name}..`;
}

/**
 * The variables that a Secret of the repository gives, by the names of its keys. Of a value that was decrypted the mark;
 * of one that is still encrypted, and of one in plain text, which is shown nowhere either, a placeholder.
 *
 * @param reveal the values themselves, but for what is still encrypted
 */
export function secretVariables(secret: JsonObject, reveal: boolean): ReadonlyMap<string, string> {
  const { data, stringData } = secret;
  const entries = [
    ...texts(data).map(([key, text]) => [key, isMask(text) ? text : decodeBase64(text)?.toString()] as const),
    // The API server lets it win over data.
    ...texts(stringData),
  ];
  return new Map(
    entries.map(([key, text]) => {
      const isClosed = text === undefined || isSealed(secret) || text.includes('ENC[AES256_GCM,');
      return [key, !isClosed && (reveal || isMask(text)) ? text : placeholder(key)];
    }),
  );
}

function texts(map: JsonObject[string]): readonly (readonly [string, string])[] {
  const entries = isObject(map) ? Object.entries(map) : [];
  return entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
}
