/** What is encrypted of a Kustomization, opened as kustomize-controller does. Stands on src/sops, which is much to load. */
export { formatByMarker } from './format.ts';
export { keyringOfSecret } from './keys.ts';
export { sealedManifests } from './manifests.ts';
export { decryptObject } from './object.ts';
export type { Decryption, EncryptedPart } from './open.ts';
export { decryptSources } from './sources.ts';
export { visitKustomizations } from './visit.ts';
