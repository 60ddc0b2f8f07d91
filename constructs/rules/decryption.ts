import { isObject } from '../../src/manifest/index.ts';
import { error, type Rule } from './rule.ts';

/** A Secret out of a SOPS file that nobody decrypts (kustomize-controller: IsEncryptedSecret, in apply). */
export const decryption: Rule = (object, { kustomization }) => {
  const isEncrypted = object.apiVersion === 'v1' && object.kind === 'Secret' && isObject(object.sops);
  if (!isEncrypted || kustomization === undefined || kustomization.decryption !== undefined) return [];
  return [
    error(
      'synth/no-decryption',
      'It is encrypted, and its Kustomization decrypts nothing: Flux would refuse to apply it.',
      "Give its Application `decryption: { provider: 'sops', secretRef: { name: 'sops-age' } }`, or declare an EncryptedSecret, which does it by itself.",
    ),
  ];
};
