import {
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
  for (const name of OWN_IMAGES) {
    const imageRepositoryRef = new ImageRepository(cluster, name, {
      image: imageOf(name).replace(/:[^:/]+$/, ''),
      interval: '10m',
      // The registry's certificate is of our own authority.
      certSecretRef: { name: 'lab-ca' },
    });
    new ImagePolicy(cluster, name, { imageRepositoryRef, policy: { semver: { range: '>=0.1.0' } } });
  }

  const repository = new GitRepository(cluster, 'homelab-k8s2-push', {
    url: `${GITEA}/daviestechlabs/homelab-k8s2.git`,
    // Flux itself fetches the tree without credentials, so that it can fetch these.
    secretRef: { name: 'homelab-k8s2-push' },
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
