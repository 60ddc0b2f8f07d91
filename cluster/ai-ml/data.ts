import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN } from '../domains.ts';
import { ON_AMD64 } from '../hardware.ts';
import { LONGHORN, NFS_FAST } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { database } from '../support/database.ts';
import { route } from '../support/route.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import type { AiPlatform } from './index.ts';

/** By which the handlers talk to each other (ADR-0003): one stream for each of the three trees of subjects. */
export const SUBJECTS = { chat: 'ai.chat.>', voice: 'ai.voice.>', pipeline: 'ai.pipeline.>' } as const;

export const NATS_URL = 'nats://nats.ai-ml.svc.cluster.local:4222';
export const MILVUS_ADDRESS = 'milvus.ai-ml.svc.cluster.local:19530';
export const MLFLOW_URL = 'http://mlflow.ai-ml.svc.cluster.local';

/** What the AI services keep: messages, vectors, experiments. */
export function data(namespace: Namespace, sources: Sources, platform: AiPlatform) {
  const nats = new Application(namespace, 'nats', { dependsOn: [platform.storage, platform.metrics] });
  new HelmRelease(nats, 'nats', {
    chart: sources.nats,
    values: {
      config: {
        cluster: { enabled: true, replicas: 3 },
        jetstream: { enabled: true, fileStore: { pvc: { size: '10Gi', storageClassName: LONGHORN } } },
        monitor: { enabled: true },
      },
      container: {
        merge: { resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } } },
      },
      podTemplate: { merge: { spec: { nodeSelector: ON_AMD64 } } },
      promExporter: { enabled: true, podMonitor: { enabled: true } },
    },
  });

  const milvus = new Application(namespace, 'milvus', {
    dependsOn: [platform.storage, platform.secrets, platform.metrics],
    timeout: '15m',
  });
  // Keys `accesskey` and `secretkey`, for the object storage that Milvus brings along.
  vaultSecret(milvus, 'milvus-credentials');
  new HelmRelease(milvus, 'milvus', {
    chart: sources.milvus,
    values: {
      cluster: { enabled: false },
      standalone: {
        messageQueue: 'rocksmq',
        nodeSelector: ON_AMD64,
        resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '8Gi' } },
        persistence: { persistentVolumeClaim: { storageClass: LONGHORN, size: '50Gi' } },
      },
      etcd: { replicaCount: 1, persistence: { storageClass: LONGHORN, size: '10Gi' } },
      pulsarv3: { enabled: false },
      minio: {
        enabled: true,
        mode: 'standalone',
        existingSecret: 'milvus-credentials',
        persistence: { storageClass: LONGHORN, size: '100Gi' },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } },
      },
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
    },
  });

  const mlflowDb = database(namespace, 'mlflow-db', platform, { database: 'mlflow', instances: 1 });
  const mlflow = new Application(namespace, 'mlflow', {
    dependsOn: [mlflowDb.application, platform.files, platform.routing, platform.metrics],
  });
  new HelmRelease(mlflow, 'mlflow', {
    chart: sources.mlflow,
    values: {
      service: { port: 80 },
      backendStore: {
        databaseMigration: true,
        postgres: { enabled: true, host: mlflowDb.host, database: 'mlflow' },
        existingDatabaseSecret: { name: mlflowDb.secret, usernameKey: 'username', passwordKey: 'password' },
      },
      // Artifacts lie on the file server, and are served by MLflow itself.
      artifactRoot: { proxiedArtifactStorage: true, defaultArtifactsDestination: '/artifacts' },
      extraVolumes: [{ name: 'artifacts', persistentVolumeClaim: { claimName: 'mlflow-artifacts' } }],
      extraVolumeMounts: [{ name: 'artifacts', mountPath: '/artifacts' }],
      resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } },
      serviceMonitor: { enabled: true, useServicePort: true },
    },
  });
  new ApiObject(mlflow, 'mlflow-artifacts', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'mlflow-artifacts' },
    spec: {
      accessModes: ['ReadWriteMany'],
      storageClassName: NFS_FAST,
      resources: { requests: { storage: '500Gi' } },
    },
  });
  route(mlflow, 'mlflow', { host: `mlflow.${LAB_DOMAIN}`, service: { name: 'mlflow', port: 80 }, login: true });
  return { nats, milvus, mlflow };
}
