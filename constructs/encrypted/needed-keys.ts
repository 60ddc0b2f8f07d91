import type { ApiObject } from 'cdk8s';
import { SlipwayError } from '../../src/errors.ts';
import type { EncryptedObject } from './encrypted-object.ts';

/** Keys of which one set must be there, for each field of Flux that reads a Secret by fixed keys. */
const NEEDED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  // source-controller: GitRepositoryReconciler.getAuthOpts; runtime/secrets
  'GitRepository/spec/secretRef': [
    ['username', 'password'],
    ['bearerToken'],
    ['identity', 'known_hosts'],
    ['githubAppID', 'githubAppPrivateKey'],
    ['ca.crt'],
    ['tls.crt', 'tls.key'],
  ],
  'HelmRepository/spec/secretRef': [['username', 'password'], ['.dockerconfigjson']],
  'OCIRepository/spec/secretRef': [['.dockerconfigjson']],
  'ImageRepository/spec/secretRef': [['.dockerconfigjson']],
  'Receiver/spec/secretRef': [['token']],
  'Kustomization/spec/kubeConfig/secretRef': [['value'], ['value.yaml']],
  'HelmRelease/spec/kubeConfig/secretRef': [['value'], ['value.yaml']],
};

/** The same in every kind that has the field. */
const NEEDED_ANYWHERE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  certSecretRef: [['ca.crt'], ['tls.crt', 'tls.key']],
  proxySecretRef: [['address']],
};

/** What kustomize-controller takes out of a decryption Secret; it passes over every other name (ImportKeys). */
const DECRYPTION_KEY = /\.(?:agekey|asc)$|^sops\.(?:vault-token|aws-kms|azure-kv|gcp-kms)$/;

/**
 * Flux finds in the Secret what it reads there.
 *
 * @param pointer the field of the referrer, for example `/spec/secretRef`
 * @throws SlipwayError `synth/secret-key`
 */
export function checkNeededKeys(secret: EncryptedObject, referrer: ApiObject, pointer: string): void {
  const keys = [...secret.shapes.keys()];
  if (keys.length === 0) return;
  if (pointer === '/spec/decryption/secretRef') {
    if (keys.some((key) => DECRYPTION_KEY.test(key))) return;
    throw lacking(secret, referrer, pointer, 'a key that ends in .agekey');
  }
  const field = pointer.slice(pointer.lastIndexOf('/') + 1);
  const sets = NEEDED[`${referrer.kind}${pointer}`] ?? NEEDED_ANYWHERE[field];
  if (sets === undefined || sets.some((set) => set.every((key) => keys.includes(key)))) return;
  throw lacking(secret, referrer, pointer, `the key ${sets.map((set) => set.join(' with ')).join(', or ')}`);
}

/** A key that is named is declared. @throws SlipwayError `synth/secret-key` */
export function checkKey(secret: EncryptedObject, key: string, referrer: ApiObject, pointer: string): void {
  if (secret.shapes.size > 0 && !secret.shapes.has(key)) throw lacking(secret, referrer, pointer, `the key ${key}`);
}

/** Flux makes a variable of every key (kustomize_varsub.go: varsubRegex). @throws SlipwayError `synth/secret-key` */
export function checkVariables(secret: EncryptedObject, referrer: ApiObject, pointer: string): void {
  const wrong = [...secret.shapes.keys()].filter((key) => !/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(key));
  if (wrong.length === 0) return;
  throw new SlipwayError({
    code: 'synth/secret-key',
    message: `${pointer} makes a variable of every key of ${secret.kind}/${secret.name}, and ${wrong.join(', ')} cannot be one.`,
    remedy: 'Give the keys names of letters, digits and `_`, or take the others out.',
    place: { object: `${referrer.kind}/${referrer.name}` },
  });
}

function lacking(secret: EncryptedObject, referrer: ApiObject, pointer: string, what: string): SlipwayError {
  const declared = [...secret.shapes.keys()].join(', ');
  return new SlipwayError({
    code: 'synth/secret-key',
    message: `${pointer} needs ${what} in ${secret.kind}/${secret.name}, which declares ${declared}.`,
    remedy: 'Declare it in the `keys` of the Secret, or mend the reference.',
    place: { object: `${referrer.kind}/${referrer.name}` },
  });
}
