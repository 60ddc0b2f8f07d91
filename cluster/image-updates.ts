import {
  EncryptedSecret,
  GitRepository,
  ImagePolicy,
  ImageRepository,
  ImageUpdateAutomation,
  type Cluster,
} from '../constructs/index.ts';
import { GITEA } from './domains.ts';
import { imageOf, OWN_IMAGES } from './images.ts';

/**
 * New tags of our own images go into cluster/images.yaml, on a branch that CI synthesizes and merges (docs/updates.md).
 * Never into the tree: synth would write over them.
 */
export function imageUpdates(cluster: Cluster): void {
  // The registry's certificate is of our own authority.
  const certSecretRef = new EncryptedSecret(cluster.fluxFolder('images'), 'lab-ca', { keys: ['ca.crt'] });
  for (const name of OWN_IMAGES) {
    const imageRepositoryRef = new ImageRepository(cluster, name, {
      image: imageOf(name).replace(/:[^:/]+$/, ''),
      interval: '10m',
      certSecretRef,
    });
    new ImagePolicy(cluster, name, { imageRepositoryRef, policy: { semver: { range: '>=0.1.0' } } });
  }

  const secretRef = new EncryptedSecret(cluster.flux, 'homelab-k8s2-push', {
    keys: { username: {}, password: { generate: 'random:40' } },
    // As ADR-0006 has it: what Flux itself needs.
    file: 'secrets.yaml',
  });
  const repository = new GitRepository(cluster, 'homelab-k8s2-push', {
    url: `${GITEA}/daviestechlabs/homelab-k8s2.git`,
    // Flux itself fetches the tree without credentials, so that it can fetch these.
    secretRef,
    interval: '10m',
  });
  new ImageUpdateAutomation(cluster, 'own-images', {
    sourceRef: repository,
    git: {
      checkout: { ref: { branch: 'main' } },
      commit: {
        author: { name: 'Flux', email: 'flux@daviestechlabs.io' },
        messageTemplate:
          'Update our own images\n\n{{ range .Changed.Changes }}{{ .OldValue }} -> {{ .NewValue }}\n{{ end }}',
      },
      push: { branch: 'image-updates' },
    },
    update: { strategy: 'Setters', path: './cluster' },
  });
}
