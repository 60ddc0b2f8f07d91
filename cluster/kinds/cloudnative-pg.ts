import { customKind } from '../../constructs/index.ts';

/** CloudNativePG and its barman plugin, as far as this cluster uses them. */
const API = 'postgresql.cnpg.io/v1';
const BARMAN = 'barman-cloud.cloudnative-pg.io';

export const BARMAN_PLUGIN = { name: BARMAN } as const;

export const PostgresCluster = customKind<{
  instances: number;
  imageName: string;
  storage: { size: string; storageClass: string };
  resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
  affinity: { nodeSelector: Readonly<Record<string, string>> };
  monitoring: { enablePodMonitor: boolean };
  bootstrap: { initdb: { database: string; owner: string } };
  plugins: readonly [{ name: typeof BARMAN; isWALArchiver: true; parameters: { barmanObjectName: string } }];
}>(API, 'Cluster');

export const Pooler = customKind<{
  cluster: { name: string };
  type: 'rw' | 'ro';
  instances: number;
  pgbouncer: { poolMode: 'session' | 'transaction'; parameters: Readonly<Record<string, string>> };
  template: {
    spec: {
      containers: readonly [
        { name: 'pgbouncer'; resources: { requests: { cpu: string; memory: string }; limits: { memory: string } } },
      ];
    };
  };
}>(API, 'Pooler');

/** Its schedule has six fields: seconds come first. */
export const ScheduledBackup = customKind<{
  cluster: { name: string };
  schedule: string;
  immediate: boolean;
  backupOwnerReference: 'self' | 'cluster' | 'none';
  method: 'plugin';
  pluginConfiguration: { name: typeof BARMAN };
}>(API, 'ScheduledBackup');

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

export const ObjectStore = customKind<{
  retentionPolicy: string;
  configuration: {
    destinationPath: string;
    endpointURL: string;
    s3Credentials: { accessKeyId: SecretKey; secretAccessKey: SecretKey };
    wal: { compression: 'gzip' | 'zstd' };
    data: { compression: 'gzip' };
  };
}>('barmancloud.cnpg.io/v1', 'ObjectStore');
