import { Application, EncryptedSecret, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { S3, S3_REGION, SECONDARY_S3 } from './hardware.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';

/** What may not lose more than an hour. */
const CRITICAL_NAMESPACES = ['vault', 'identity', 'gitea', 'productivity'];
/** What other means bring back: Flux, Talos, and Longhorn its own engine. */
const LEFT_OUT = ['flux-system', 'kube-system', 'longhorn-system', 'velero'];

/** Backups of the objects and, by the node agents, of the files of every volume. */
export function velero(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics'>) {
  const namespace = new Namespace(cluster, 'velero', {
    // The node agents read the volumes through the host.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const velero = new Application(namespace, 'velero', { dependsOn: [platform.metrics] });
  // A SOPS Secret: with Vault lost, this is how Vault comes back. `cloud` is a credentials file as AWS has it.
  const credentials = new EncryptedSecret(velero, 'velero-credentials', { keys: ['cloud'] });
  new HelmRelease(velero, 'velero', {
    chart: sources.velero,
    values: {
      initContainers: [
        {
          name: 'velero-plugin-for-aws',
          image: 'docker.io/velero/velero-plugin-for-aws:v1.14.2',
          volumeMounts: [{ name: 'plugins', mountPath: '/target' }],
        },
      ],
      credentials: { useSecret: true, existingSecret: credentials.name },
      snapshotsEnabled: false,
      deployNodeAgent: true,
      nodeAgent: { resources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '2Gi' } } },
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
      configuration: {
        uploaderType: 'kopia',
        defaultVolumesToFsBackup: true,
        backupStorageLocation: [
          storageLocation('gravenhollow', S3, { isDefault: true }),
          storageLocation('candlekeep', SECONDARY_S3, { isDefault: false }),
        ],
      },
      schedules: {
        nightly: schedule('0 2 * * *', { ttl: '720h', location: 'gravenhollow', excludedNamespaces: LEFT_OUT }),
        hourly: schedule('15 * * * *', {
          ttl: '48h',
          location: 'gravenhollow',
          includedNamespaces: CRITICAL_NAMESPACES,
        }),
        // On the other file server, in case the first is what broke.
        weekly: schedule('0 4 * * 0', { ttl: '2160h', location: 'candlekeep', excludedNamespaces: LEFT_OUT }),
      },
      metrics: { serviceMonitor: { enabled: true } },
    },
  });
  return { velero };
}

function storageLocation(name: string, s3Url: string, { isDefault }: { isDefault: boolean }) {
  return {
    name,
    provider: 'aws',
    bucket: 'velero',
    default: isDefault,
    accessMode: 'ReadWrite',
    config: { region: S3_REGION, s3ForcePathStyle: true, s3Url },
  };
}

interface Backup {
  readonly ttl: string;
  readonly location: string;
  readonly includedNamespaces?: readonly string[];
  readonly excludedNamespaces?: readonly string[];
}

/** Before the files of a primary are read, the database writes what it has to disk and dumps itself beside it. */
function schedule(cron: string, { location, ...template }: Backup) {
  return {
    schedule: cron,
    useOwnerReferencesInBackup: false,
    template: {
      ...template,
      storageLocation: location,
      hooks: {
        resources: [
          {
            name: 'dump-databases',
            labelSelector: { matchLabels: { 'cnpg.io/instanceRole': 'primary' } },
            pre: [
              {
                exec: {
                  container: 'postgres',
                  command: [
                    '/bin/bash',
                    '-c',
                    'psql -c CHECKPOINT && pg_dumpall --no-role-passwords --file=/var/lib/postgresql/data/velero.sql',
                  ],
                  onError: 'Fail',
                  timeout: '10m',
                },
              },
            ],
          },
        ],
      },
    },
  };
}
