import { formatByMarker } from '../../flux/decrypt/index.ts';
import { decodeBase64, isDecryptionDisabled, isSealed, parseDecryption } from '../../flux/index.ts';
import { identityOf, isObject, type JsonObject, jsonPointer } from '../../manifest/index.ts';
import { hasMask } from '../../sops/mask.ts';
import type { Rendered } from '../walk.ts';
import type { Finding } from './finding.ts';

/** Secrets in plain text, and encrypted ones that their Kustomization would not open. */
export function checkSecrets(rendered: readonly Rendered[]): readonly Finding[] {
  return rendered.flatMap((one) =>
    one.objects.flatMap((object): Finding[] => {
      const found = problemOf(object, one.spec);
      if (found === undefined) return [];
      return [{ ...found, kustomization: `${one.namespace}/${one.name}`, object: identityOf(object) }];
    }),
  );
}

function problemOf(object: JsonObject, spec: JsonObject): Omit<Finding, 'kustomization'> | undefined {
  if (isDecryptionDisabled(object)) return undefined;
  if (isSealed(object)) {
    if (parseDecryption(spec)?.provider === 'sops') return undefined;
    return {
      severity: 'error',
      code: 'test/no-decryption',
      message: 'It is encrypted by SOPS, and its Kustomization has no spec.decryption: Flux refuses to apply it.',
      remedy: 'Give the Kustomization `decryption: { provider: sops, secretRef: … }`.',
      pointer: '/sops',
    };
  }
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return undefined;
  const sealed = Object.entries(isObject(object.data) ? object.data : {}).find(([, value]) => isSealedValue(value));
  if (sealed !== undefined && parseDecryption(spec)?.provider !== 'sops') {
    return {
      severity: 'error',
      code: 'test/no-decryption',
      message: `Its value ${sealed[0]} is encrypted by SOPS, and its Kustomization has no spec.decryption: Flux applies it as it is.`,
      remedy: 'Give the Kustomization `decryption: { provider: sops, secretRef: … }`.',
      pointer: jsonPointer(['data', sealed[0]]),
    };
  }
  const plain = ['data', 'stringData'].flatMap((field) => {
    const values = isObject(object[field]) ? Object.entries(object[field]) : [];
    return values.filter(([, value]) => isPlain(value)).map(([key]) => ({ field, key }));
  });
  const [first] = plain;
  if (first === undefined || object.type === 'kubernetes.io/service-account-token') return undefined;
  return {
    severity: 'warning',
    code: 'test/plain-secret',
    message: `A Secret with ${plain.length === 1 ? 'a value' : `${plain.length} values`} in plain text: whoever reads the repository reads it.`,
    remedy: 'Encrypt it (`slipway secrets encrypt`), or let External Secrets make it.',
    pointer: `/${first.field}/${first.key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  };
}

/** A file that a generator put into `data` as it is in git. */
function isSealedValue(value: unknown): boolean {
  const content = typeof value === 'string' ? decodeBase64(value) : undefined;
  return content !== undefined && formatByMarker(content) !== undefined;
}

/** Not empty, and neither a mark nor ciphertext nor only what substitution puts in. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false;
  const isHidden = (text: string): boolean => /\$\{|\.\.PLACEHOLDER_|ENC\[AES256_GCM,/.test(text) || hasMask(text);
  return !isHidden(value) && !isHidden(decodeBase64(value)?.toString() ?? '') && !isSealedValue(value);
}
