import { isObject, type JsonObject } from '../../manifest/index.ts';

/** `spec.decryption` of a Kustomization, parsed. */
export interface DecryptionSpec {
  /** Flux has one, `sops`; '' where none is given, which decrypts nothing. */
  readonly provider: string;
  /** The Secret with the keys, in the namespace of the Kustomization; '' where the controller's own keys are meant. */
  readonly secretName: string;
}

/** Undefined where a Kustomization has none. */
export function parseDecryption({ decryption }: JsonObject): DecryptionSpec | undefined {
  if (!isObject(decryption)) return undefined;
  const { provider, secretRef } = decryption;
  const name = isObject(secretRef) ? secretRef.name : undefined;
  return { provider: typeof provider === 'string' ? provider : '', secretName: typeof name === 'string' ? name : '' };
}
