import { Application, EncryptedSecret, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN } from './domains.ts';
import { ON_AMD64 } from './hardware.ts';
import { LONGHORN, type Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { route } from './support/route.ts';
import { ScheduledJob } from './support/scheduled-job.ts';

/** Where the active one of the three is found. */
export const VAULT_ADDRESS = 'http://vault-active.vault.svc.cluster.local:8200';

/** Secrets of what runs, and the authority behind internal certificates. */
export function vault(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics' | 'routing' | 'storage'>) {
  const namespace = new Namespace(cluster, 'vault');
  const vault = new Application(namespace, 'vault', {
    dependsOn: [platform.metrics, platform.routing, platform.storage],
    // Sealed Vaults are not ready, and after a power cut all three are: nothing may wait for them here, or the one
    // that opens them would never be applied.
    wait: false,
  });
  new HelmRelease(vault, 'vault', {
    chart: sources.vault,
    // Helm would wait for the same.
    install: { disableWait: true, remediation: { retries: 3 } },
    upgrade: { disableWait: true, cleanupOnFail: true, remediation: { retries: 3, strategy: 'rollback' } },
    values: {
      global: { serverTelemetry: { prometheusOperator: true } },
      injector: { enabled: false },
      csi: { enabled: false },
      ui: { enabled: true },
      server: {
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
        nodeSelector: ON_AMD64,
        dataStorage: { size: '10Gi', storageClass: LONGHORN },
        auditStorage: { enabled: true, size: '5Gi', storageClass: LONGHORN },
        ha: {
          enabled: true,
          replicas: 3,
          raft: { enabled: true, setNodeId: true, config: RAFT },
        },
      },
      serverTelemetry: { serviceMonitor: { enabled: true } },
    },
  });
  route(vault, 'vault', { host: `vault.${LAB_DOMAIN}`, service: { name: 'vault-ui', port: 8200 } });

  // Opens those that are sealed, with keys that lie in a SOPS Secret: here the chain of secrets starts.
  const unseal = new Application(namespace, 'vault-unseal', { dependsOn: [vault] });
  const keys = new EncryptedSecret(unseal, 'vault-unseal-keys', { keys: ['key-1', 'key-2', 'key-3'] });
  new ScheduledJob(unseal, 'vault-unseal', {
    schedule: '* * * * *',
    image: 'docker.io/hashicorp/vault:1.21.4',
    command: ['/bin/sh', '-c', UNSEAL],
    volumes: { keys: { path: '/keys', secret: keys.name } },
    user: 100,
    cpu: 10,
    memory: { request: 64, limit: 128 },
  });
  return { vault: unseal };
}

const RAFT = `ui = true

listener "tcp" {
  tls_disable = 1
  address = "[::]:8200"
  cluster_address = "[::]:8201"
  telemetry {
    unauthenticated_metrics_access = "true"
  }
}

storage "raft" {
  path = "/vault/data"
  retry_join {
    leader_api_addr = "http://vault-0.vault-internal:8200"
  }
  retry_join {
    leader_api_addr = "http://vault-1.vault-internal:8200"
  }
  retry_join {
    leader_api_addr = "http://vault-2.vault-internal:8200"
  }
}

service_registration "kubernetes" {}

telemetry {
  prometheus_retention_time = "30s"
  disable_hostname = true
}
`;

/** The keys go in by standard input; `vault status` ends with 2 where Vault is sealed. */
const UNSEAL = `for replica in 0 1 2; do
  export VAULT_ADDR="http://vault-$replica.vault-internal.vault.svc.cluster.local:8200"
  vault status >/dev/null 2>&1
  [ $? -eq 2 ] || continue
  for key in /keys/*; do
    vault operator unseal - <"$key" >/dev/null
  done
done
`;
