import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { ClusterSecretStore } from './kinds/external-secrets.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { VAULT_STORE } from './support/vault-secret.ts';
import { VAULT_ADDRESS } from './vault.ts';

/** Makes Kubernetes Secrets of what lies in Vault. */
export function externalSecrets(
  cluster: Cluster,
  sources: Sources,
  platform: Pick<Platform, 'metrics'> & { vault: Application },
) {
  const namespace = new Namespace(cluster, 'external-secrets');
  const operator = new Application(namespace, 'external-secrets', { dependsOn: [platform.metrics] });
  new HelmRelease(operator, 'external-secrets', {
    chart: sources.externalSecrets,
    values: { installCRDs: true, leaderElect: true, replicaCount: 2, serviceMonitor: { enabled: true } },
  });

  const store = new Application(namespace, 'vault-store', { dependsOn: [operator, platform.vault] });
  new ClusterSecretStore(store, VAULT_STORE, {
    provider: {
      vault: {
        server: VAULT_ADDRESS,
        path: 'kv',
        version: 'v2',
        auth: {
          kubernetes: {
            mountPath: 'kubernetes',
            role: 'external-secrets',
            serviceAccountRef: { name: 'external-secrets', namespace: namespace.namespace },
          },
        },
      },
    },
  });
  return { secrets: store };
}
