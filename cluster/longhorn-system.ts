import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** Block storage on the NVMe disks of the x86_64 nodes, and the default StorageClass. */
export function longhornSystem(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'longhorn-system', {
    // Longhorn's managers mount the host's disks.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const longhorn = new Application(namespace, 'longhorn', { timeout: '15m' });
  new HelmRelease(longhorn, 'longhorn', {
    chart: sources.longhorn.chart('longhorn', '1.10.1'),
    values: {
      persistence: { defaultClass: true, defaultClassReplicaCount: 3 },
      defaultSettings: {
        defaultReplicaCount: 3,
        storageMinimalAvailablePercentage: 15,
        systemManagedComponentsNodeSelector: 'kubernetes.io/arch:amd64',
      },
      longhornManager: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
      longhornDriver: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
      metrics: { serviceMonitor: { enabled: true } },
    },
  });
  return { longhorn };
}
