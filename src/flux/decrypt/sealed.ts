/** How kustomize-controller tells what is encrypted of an object, without any key (KC: decryptor.go). */
import { isObject, type JsonObject } from '../../manifest/index.ts';

/** base64.StdEncoding, which passes over line breaks; undefined where it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '');
  const isValid = joined.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(joined);
  return isValid ? Buffer.from(joined, 'base64') : undefined;
}

/** isSOPSEncryptedResource. */
export function isSealed({ sops }: JsonObject): boolean {
  return isObject(sops) && sops.mac !== undefined && sops.mac !== null;
}

/** IsDecryptionDisabled: the annotation `kustomize.toolkit.fluxcd.io/decrypt: disabled`, in any case. */
export function isDecryptionDisabled({ metadata }: JsonObject): boolean {
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
  const value = annotations['kustomize.toolkit.fluxcd.io/decrypt'];
  return typeof value === 'string' && value.toLowerCase() === 'disabled';
}

/** A Secret that would be applied as ciphertext, which Flux refuses (KC: apply, IsEncryptedSecret). */
export function isEncryptedSecret(object: JsonObject): boolean {
  const { apiVersion, kind, sops } = object;
  return kind === 'Secret' && apiVersion === 'v1' && sops !== undefined && !isDecryptionDisabled(object);
}
