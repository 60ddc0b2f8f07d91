/**
 * Objects whose values stand encrypted in SOPS files of the project. Synth needs no key: it checks each file and carries
 * its ciphertext into the tree byte for byte.
 */
export { creationRulesOf } from './creation-rules.ts';
export {
  checkCreationRules,
  readCreationRules,
  refuseDifferentRules,
  writeCreationRules,
  type CreationRulesChange,
} from './creation-rules-file.ts';
export { type DeclaredKeys, type KeyShape } from './declared-keys.ts';
export { DEMO_RECIPIENT } from './demo-recipient.ts';
export { EncryptedConfigMap, type EncryptedConfigMapOptions } from './encrypted-config-map.ts';
export { EncryptedManifest, type EncryptedManifestOptions } from './encrypted-manifest.ts';
export { EncryptedObject } from './encrypted-object.ts';
export { EncryptedFile, SecretGenerator, type SecretGeneratorOptions } from './secret-generator.ts';
export { EncryptedSecret, type EncryptedSecretOptions } from './encrypted-secret.ts';
export { encryptedOf, Seals, type FromSops } from './seals.ts';
