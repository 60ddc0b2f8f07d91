import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN } from './domains.ts';
import { ON_AMD64, S3, S3_REGION } from './hardware.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { database } from './support/database.ts';
import { route } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';

const WAREHOUSE = 's3://warehouse/';
const NESSIE = 'http://nessie.lakehouse.svc.cluster.local:19120';
/** Keys `access-key-id` and `secret-access-key`. */
const CREDENTIALS = 'lakehouse-s3';

/** Analytics on Iceberg tables: Nessie says what the tables are, gravenhollow keeps them, four engines work on them. */
export function lakehouse(
  cluster: Cluster,
  sources: Sources,
  platform: Platform & { volcano: Application; certManager: Application },
) {
  const namespace = new Namespace(cluster, 'lakehouse');

  const credentials = new Application(namespace, 'lakehouse-credentials', { dependsOn: [platform.secrets] });
  vaultSecret(credentials, CREDENTIALS);

  const nessieDb = database(namespace, 'nessie-db', platform, { database: 'nessie', instances: 2, size: '5Gi' });
  const nessie = new Application(namespace, 'nessie', {
    dependsOn: [nessieDb.application, credentials, platform.metrics, platform.routing],
  });
  new HelmRelease(nessie, 'nessie', {
    chart: sources.nessie,
    values: {
      versionStoreType: 'JDBC2',
      jdbc: {
        jdbcUrl: `jdbc:postgresql://${nessieDb.host}:5432/nessie`,
        secret: { name: nessieDb.secret, username: 'username', password: 'password' },
      },
      catalog: {
        enabled: true,
        iceberg: { defaultWarehouse: 'warehouse', warehouses: [{ name: 'warehouse', location: WAREHOUSE }] },
        storage: {
          s3: {
            defaultOptions: {
              region: S3_REGION,
              endpoint: S3,
              pathStyleAccess: true,
              authType: 'STATIC',
              accessKeySecret: {
                name: CREDENTIALS,
                awsAccessKeyId: 'access-key-id',
                awsSecretAccessKey: 'secret-access-key',
              },
            },
          },
        },
      },
      resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } },
      serviceMonitor: { enabled: true },
    },
  });

  return { nessie, ...engines(namespace, sources, { ...platform, nessie, credentials }) };
}

function engines(
  namespace: Namespace,
  sources: Sources,
  platform: Platform & Record<'volcano' | 'certManager' | 'nessie' | 'credentials', Application>,
) {
  // Batches; the jobs are in the repository spark-analytics-jobs.
  const spark = new Application(namespace, 'spark-operator', { dependsOn: [platform.volcano, platform.metrics] });
  new HelmRelease(spark, 'spark-operator', {
    chart: sources.sparkOperator,
    values: {
      controller: {
        batchScheduler: { enable: true, default: 'volcano' },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      },
      webhook: { resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '256Mi' } } },
      spark: { jobNamespaces: [namespace.namespace] },
      prometheus: { metrics: { enable: true }, podMonitor: { create: true } },
    },
  });

  // Streams; the jobs are in flink-analytics-jobs.
  const flink = new Application(namespace, 'flink-operator', { dependsOn: [platform.certManager] });
  new HelmRelease(flink, 'flink-kubernetes-operator', {
    chart: sources.flinkOperator,
    values: {
      watchNamespaces: [namespace.namespace],
      operatorPod: {
        resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } },
        nodeSelector: ON_AMD64,
      },
    },
  });

  // Questions, in SQL.
  const trino = new Application(namespace, 'trino', {
    dependsOn: [platform.nessie, platform.credentials, platform.routing, platform.metrics],
  });
  new HelmRelease(trino, 'trino', {
    chart: sources.trino,
    values: {
      server: { workers: 2, autoscaling: { enabled: false } },
      envFrom: [{ secretRef: { name: 'trino-s3' } }],
      catalogs: { iceberg: ICEBERG },
      coordinator: {
        jvm: { maxHeapSize: '2G' },
        resources: { requests: { cpu: '250m', memory: '3Gi' }, limits: { memory: '3Gi' } },
      },
      worker: {
        jvm: { maxHeapSize: '4G' },
        resources: { requests: { cpu: '500m', memory: '5Gi' }, limits: { memory: '5Gi' } },
      },
      serviceMonitor: { enabled: true },
    },
  });
  // Trino reads them from its environment.
  vaultSecret(trino, 'trino-s3', {
    path: `${namespace.namespace}/${CREDENTIALS}`,
    template: {
      S3_ACCESS_KEY: '{{ index . "access-key-id" }}',
      S3_SECRET_KEY: '{{ index . "secret-access-key" }}',
    },
  });
  route(trino, 'trino', { host: `trino.${LAB_DOMAIN}`, service: { name: 'trino', port: 8080 } });

  // Views that are always up to date.
  const risingWaveDb = database(namespace, 'risingwave-db', platform, {
    database: 'risingwave',
    instances: 2,
    size: '5Gi',
  });
  const risingWave = new Application(namespace, 'risingwave', {
    dependsOn: [risingWaveDb.application, platform.credentials],
    timeout: '10m',
  });
  vaultSecret(risingWave, 'risingwave-s3', {
    path: `${namespace.namespace}/${CREDENTIALS}`,
    template: {
      AWS_ACCESS_KEY_ID: '{{ index . "access-key-id" }}',
      AWS_SECRET_ACCESS_KEY: '{{ index . "secret-access-key" }}',
    },
  });
  new HelmRelease(risingWave, 'risingwave', {
    chart: sources.risingWave,
    values: {
      image: { repository: 'risingwavelabs/risingwave', tag: 'v3.1.0' },
      tags: { bundle: false },
      metaStore: {
        postgresql: {
          enabled: true,
          host: risingWaveDb.host,
          database: 'risingwave',
          authentication: { existingSecretName: risingWaveDb.secret },
        },
      },
      stateStore: {
        dataDirectory: 'hummock',
        s3: {
          enabled: true,
          endpoint: S3,
          region: S3_REGION,
          bucket: 'risingwave',
          forcePathStyle: true,
          authentication: { useServiceAccount: false, existingSecretName: 'risingwave-s3' },
        },
      },
      computeComponent: { resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '8Gi' } } },
      compactorComponent: { resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '2Gi' } } },
      frontendComponent: { resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } } },
      metaComponent: { resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } } },
    },
  });
  return { spark, flink, trino, risingWave };
}

const ICEBERG = `connector.name=iceberg
iceberg.catalog.type=nessie
iceberg.nessie-catalog.uri=${NESSIE}/api/v2
iceberg.nessie-catalog.default-warehouse-dir=${WAREHOUSE}
fs.native-s3.enabled=true
s3.endpoint=${S3}
s3.region=${S3_REGION}
s3.path-style-access=true
s3.aws-access-key=\${ENV:S3_ACCESS_KEY}
s3.aws-secret-key=\${ENV:S3_SECRET_KEY}
`;
