import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { error, type Rule } from './rule.ts';

/** A Secret whose values anybody who reads the repository could read. The values are never in the message. */
export const plaintextSecret: Rule = (object: JsonObject) => {
  if (object.apiVersion !== 'v1' || object.kind !== 'Secret' || isObject(object.sops)) return [];
  const fields = ['data', 'stringData'].filter((field) => {
    const values = object[field];
    return isObject(values) && Object.keys(values).length > 0;
  });
  return fields.map((field) =>
    error(
      'synth/plaintext-secret',
      `The ${field} of this Secret would be committed in plain text.`,
      'Keep its values in a SOPS file, or have the External Secrets Operator make it.',
    ),
  );
};
