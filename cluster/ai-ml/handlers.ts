import { Application, type Namespace } from '../../constructs/index.ts';
import { imageOf } from '../images.ts';
import { ScaledObject } from '../kinds/keda.ts';
import { OTLP_HTTP } from '../observability/logs.ts';
import type { Sources } from '../sources.ts';
import { Workload, type WorkloadOptions } from '../support/workload.ts';
import { VALKEY } from '../valkey.ts';
import { MILVUS_ADDRESS, MLFLOW_URL, NATS_URL, SUBJECTS } from './data.ts';
import { INFERENCE_URL } from './inference.ts';
import type { AiPlatform } from './index.ts';

type HandlerPlatform = AiPlatform & Record<'models' | 'nats' | 'milvus', Application>;

/**
 * Our own services: each takes messages off NATS, asks models, and answers. Their images come from their own
 * repositories, as do the prompts and settings of the two that have any.
 */
export function handlers(namespace: Namespace, sources: Sources, platform: HandlerPlatform): void {
  const dependsOn = [platform.nats, platform.models, platform.collector];
  const env = {
    NATS_URL,
    INFERENCE_URL,
    OTEL_EXPORTER_OTLP_ENDPOINT: OTLP_HTTP,
    VALKEY_ADDR: `${VALKEY.host}:${VALKEY.port}`,
    VALKEY_DB: String(VALKEY.database.handlers),
  };
  const handler = (name: string, waitsFor: readonly Application[], options: HandlerOptions) => {
    const application = new Application(namespace, name, { dependsOn: [...dependsOn, ...waitsFor] });
    const { env: own, subjects, scaled, ...rest } = options;
    new Workload(application, name, {
      image: imageOf(name),
      port: 8080,
      health: '/healthz',
      cpu: 50,
      memory: { request: 64, limit: 256 },
      ...rest,
      ...(scaled && { replicas: 'scaled' }),
      env: { ...env, NATS_SUBJECTS: subjects, OTEL_SERVICE_NAME: name, ...own },
    });
    if (scaled) scaleByQueue(application, name, scaled);
  };

  settings(namespace, 'chat-handler', sources.chatHandler);
  handler('chat-handler', [platform.milvus, platform.valkey, platform.keda], {
    subjects: SUBJECTS.chat,
    env: { MILVUS_ADDRESS, NATS_STREAM: 'AI_CHAT' },
    volumes: { settings: { path: '/etc/chat-handler', configMap: 'chat-handler-settings' } },
    scaled: 'AI_CHAT',
  });
  settings(namespace, 'voice-assistant', sources.voiceAssistant);
  handler('voice-assistant', [platform.milvus, platform.valkey, platform.keda], {
    subjects: SUBJECTS.voice,
    env: { MILVUS_ADDRESS, NATS_STREAM: 'AI_VOICE' },
    volumes: { settings: { path: '/etc/voice-assistant', configMap: 'voice-assistant-settings' } },
    scaled: 'AI_VOICE',
  });
  handler('stt-module', [], { subjects: 'ai.voice.stt.>' });
  handler('tts-module', [], { subjects: 'ai.voice.tts.>' });
  // Starts workflows and pipelines when a message asks for one.
  handler('pipeline-bridge', [], {
    subjects: SUBJECTS.pipeline,
    env: {
      ARGO_WORKFLOWS_URL: 'https://argo-workflows-server.argo.svc.cluster.local:2746',
      KUBEFLOW_PIPELINES_URL: 'http://ml-pipeline.kubeflow.svc.cluster.local:8888',
      MLFLOW_TRACKING_URI: MLFLOW_URL,
    },
  });
}

interface HandlerOptions extends Pick<WorkloadOptions, 'env' | 'volumes'> {
  readonly subjects: string;
  /** The stream by whose backlog there are more of it. Default: there is one, always. */
  readonly scaled?: string;
}

/** The ConfigMap `<name>-settings`, which lies with the code that reads it. */
function settings(namespace: Namespace, name: string, source: Sources['chatHandler']): void {
  new Application(namespace, `${name}-settings`, {
    source,
    path: './settings',
    targetNamespace: namespace.namespace,
  });
}

function scaleByQueue(application: Application, name: string, stream: string): void {
  new ScaledObject(application, name, {
    scaleTargetRef: { name },
    minReplicaCount: 1,
    maxReplicaCount: 5,
    cooldownPeriod: 300,
    triggers: [
      {
        type: 'nats-jetstream',
        metadata: {
          natsServerMonitoringEndpoint: 'nats-headless.ai-ml.svc.cluster.local:8222',
          account: '$G',
          stream,
          consumer: name,
          lagThreshold: '10',
        },
      },
    ],
  });
}
