import { identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
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
  const isSealed = isObject(object.sops) && typeof object.sops.mac === 'string';
  if (isSealed) {
    const { decryption } = spec;
    if (isObject(decryption) && decryption.provider === 'sops') return undefined;
    return {
      severity: 'error',
      code: 'test/no-decryption',
      message: 'It is encrypted by SOPS, and its Kustomization has no spec.decryption: Flux refuses to apply it.',
      remedy: 'Give the Kustomization `decryption: { provider: sops, secretRef: … }`.',
      pointer: '/sops',
    };
  }
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return undefined;
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

/** Not empty, and not only what substitution puts in. */
function isPlain(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !/\$\{|\.\.PLACEHOLDER_|^ENC\[/.test(value);
}
