import { Application, type Namespace } from '../../constructs/index.ts';
import { S3, ON_AMD64 } from '../hardware.ts';
import { BARMAN_PLUGIN, ObjectStore, Pooler, PostgresCluster, ScheduledBackup } from '../kinds/cloudnative-pg.ts';
import { LONGHORN, type Platform } from '../platform.ts';
import { vaultSecret } from './vault-secret.ts';

const POSTGRES = 'ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie';

export interface DatabaseOptions {
  /** Also the name of its owner. */
  readonly database: string;
  /** Default: 3. */
  readonly instances?: number;
  /** Default: `10Gi`. */
  readonly size?: string;
  /** Whether PgBouncer stands in front of it, under `<name>-pooler-rw`. Default: false. */
  readonly pooler?: boolean;
}

/** A database, and how it is reached from its own namespace. */
export interface Database {
  readonly application: Application;
  /** Always the primary. */
  readonly host: string;
  /** CloudNativePG makes it: `username`, `password`, `dbname`, `uri` and more. */
  readonly secret: string;
}

/**
 * A PostgreSQL cluster with its backups: the write-ahead log goes to object storage as it is written, a base backup
 * every night, and thirty days are kept.
 */
export function database(namespace: Namespace, name: string, platform: Platform, options: DatabaseOptions): Database {
  const { database, instances = 3, size = '10Gi', pooler = false } = options;
  const application = new Application(namespace, name, {
    dependsOn: [platform.databases, platform.storage, platform.secrets],
    timeout: '10m',
  });
  const credentials = `${name}-backup`;
  vaultSecret(application, credentials, { path: 'storage/postgres-backup' });
  new ObjectStore(application, name, {
    retentionPolicy: '30d',
    configuration: {
      destinationPath: `s3://postgres/${name}`,
      endpointURL: S3,
      s3Credentials: {
        accessKeyId: { name: credentials, key: 'access-key-id' },
        secretAccessKey: { name: credentials, key: 'secret-access-key' },
      },
      wal: { compression: 'zstd' },
      data: { compression: 'gzip' },
    },
  });
  new PostgresCluster(application, name, {
    instances,
    imageName: POSTGRES,
    storage: { size, storageClass: LONGHORN },
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    affinity: { nodeSelector: ON_AMD64 },
    monitoring: { enablePodMonitor: true },
    bootstrap: { initdb: { database, owner: database } },
    plugins: [{ ...BARMAN_PLUGIN, isWALArchiver: true, parameters: { barmanObjectName: name } }],
  });
  new ScheduledBackup(application, name, {
    cluster: { name },
    schedule: '0 0 1 * * *',
    immediate: true,
    backupOwnerReference: 'self',
    method: 'plugin',
    pluginConfiguration: BARMAN_PLUGIN,
  });
  if (pooler) {
    new Pooler(application, `${name}-pooler-rw`, {
      cluster: { name },
      type: 'rw',
      instances: 2,
      // By session: Authentik listens for notifications, and Gitea prepares statements.
      pgbouncer: { poolMode: 'session', parameters: { max_client_conn: '500', default_pool_size: '50' } },
      template: {
        spec: {
          containers: [
            {
              name: 'pgbouncer',
              resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
            },
          ],
        },
      },
    });
  }
  return { application, host: pooler ? `${name}-pooler-rw` : `${name}-rw`, secret: `${name}-app` };
}
