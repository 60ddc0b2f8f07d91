import { Application, EncryptedSecret, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN } from './domains.ts';
import { S3, S3_REGION } from './hardware.ts';
import { RecurringJob } from './kinds/longhorn.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { route } from './support/route.ts';

/** Block storage on the NVMe disks of the x86_64 nodes, and the default StorageClass. */
export function longhornSystem(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics' | 'routing'>) {
  const namespace = new Namespace(cluster, 'longhorn-system', {
    // Longhorn's managers mount the host's disks.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const longhorn = new Application(namespace, 'longhorn', {
    dependsOn: [platform.metrics, platform.routing],
    timeout: '15m',
  });
  // A SOPS Secret: volumes must be restorable before Vault, whose data lies in one of them.
  const backup = new EncryptedSecret(longhorn, 'longhorn-backup', {
    keys: {
      AWS_ACCESS_KEY_ID: { generate: 'random:20' },
      AWS_SECRET_ACCESS_KEY: { generate: 'random:40' },
      AWS_ENDPOINTS: { generate: `template:${S3}` },
    },
  });
  new HelmRelease(longhorn, 'longhorn', {
    chart: sources.longhorn,
    values: {
      persistence: { defaultClass: true, defaultClassReplicaCount: 3, reclaimPolicy: 'Delete' },
      defaultSettings: {
        defaultReplicaCount: 3,
        storageMinimalAvailablePercentage: 15,
        replicaAutoBalance: 'best-effort',
        nodeDownPodDeletionPolicy: 'delete-both-statefulset-and-deployment-pod',
        systemManagedComponentsNodeSelector: 'kubernetes.io/arch:amd64',
      },
      defaultBackupStore: {
        backupTarget: `s3://longhorn@${S3_REGION}/`,
        backupTargetCredentialSecret: backup.name,
      },
      longhornManager: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
      longhornDriver: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
      longhornUI: { replicas: 1 },
      preUpgradeChecker: { jobEnabled: false },
      metrics: { serviceMonitor: { enabled: true } },
    },
  });
  route(longhorn, 'longhorn', {
    host: `longhorn.${LAB_DOMAIN}`,
    service: { name: 'longhorn-frontend', port: 80 },
    login: true,
  });

  const recurring = new Application(namespace, 'longhorn-recurring-jobs', { dependsOn: [longhorn] });
  new RecurringJob(recurring, 'nightly-backup', {
    task: 'backup',
    cron: '0 3 * * *',
    groups: ['default'],
    retain: 7,
    concurrency: 2,
  });
  new RecurringJob(recurring, 'weekly-trim', {
    task: 'filesystem-trim',
    cron: '0 5 * * 0',
    groups: ['default'],
    retain: 0,
    concurrency: 1,
  });
  return { longhorn };
}
