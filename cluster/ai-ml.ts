import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

const INFERENCE = 'ai-inference-serve-svc.ai-ml.svc.cluster.local';
const PREDICTORS = ['whisper', 'tts', 'llm', 'embeddings', 'reranker'];

/** Models, vectors, messages and the services on top of them. */
export function aiMl(
  cluster: Cluster,
  sources: Sources,
  { longhorn, cloudnativePg }: { longhorn: Application; cloudnativePg: Application },
) {
  const namespace = new Namespace(cluster, 'ai-ml');

  const nats = new Application(namespace, 'nats', { dependsOn: [longhorn] });
  new HelmRelease(nats, 'nats', {
    chart: sources.nats.chart('nats', '2.12.3'),
    values: {
      config: {
        cluster: { enabled: true, replicas: 3 },
        jetstream: { enabled: true, fileStore: { pvc: { size: '10Gi', storageClassName: 'longhorn' } } },
      },
    },
  });

  const milvus = new Application(namespace, 'milvus', { dependsOn: [longhorn], timeout: '15m' });
  new HelmRelease(milvus, 'milvus', {
    chart: sources.zilliz.chart('milvus', '5.0.6'),
    values: {
      cluster: { enabled: false },
      standalone: { persistence: { persistentVolumeClaim: { storageClass: 'longhorn', size: '50Gi' } } },
      minio: { enabled: true, mode: 'standalone', persistence: { storageClass: 'longhorn', size: '100Gi' } },
    },
  });

  const mlflowDb = new Application(namespace, 'mlflow-db', { dependsOn: [cloudnativePg] });
  new ApiObject(mlflowDb, 'mlflow-db', {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    spec: {
      instances: 1,
      storage: { size: '10Gi', storageClass: 'longhorn' },
      bootstrap: { initdb: { database: 'mlflow', owner: 'mlflow' } },
    },
  });

  // What was called by KServe's names is served by Ray now.
  const kserve = new Application(namespace, 'kserve-compatibility');
  for (const model of PREDICTORS) {
    new ApiObject(kserve, `${model}-predictor`, {
      apiVersion: 'v1',
      kind: 'Service',
      spec: { type: 'ExternalName', externalName: INFERENCE },
    });
  }

  const chatHandler = new Application(namespace, 'chat-handler', {
    source: sources.chatHandler,
    path: './deploy',
    targetNamespace: namespace.namespace,
    dependsOn: [nats, milvus],
  });
  const voiceAssistant = new Application(namespace, 'voice-assistant', {
    source: sources.voiceAssistant,
    path: './deploy',
    targetNamespace: namespace.namespace,
    dependsOn: [nats, chatHandler],
  });
  return { nats, milvus, mlflowDb, chatHandler, voiceAssistant };
}
