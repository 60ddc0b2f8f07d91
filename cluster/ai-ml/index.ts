/** Models, vectors, messages, the services on top of them, and what people see of it. */
import { Namespace, type Application, type Cluster } from '../../constructs/index.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { data } from './data.ts';
import { frontends } from './frontends.ts';
import { handlers } from './handlers.ts';
import { inference } from './inference.ts';

export interface AiPlatform extends Platform {
  /** The device plugins of the GPUs. */
  readonly gpus: readonly Application[];
  readonly valkey: Application;
  readonly keda: Application;
  readonly rollouts: Application;
  readonly collector: Application;
}

export function aiMl(cluster: Cluster, sources: Sources, platform: AiPlatform) {
  const namespace = new Namespace(cluster, 'ai-ml', {
    // Ray keeps models on the nodes' own disks.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const { models } = inference(namespace, sources, platform);
  const { nats, milvus, mlflow } = data(namespace, sources, platform);
  handlers(namespace, sources, { ...platform, models, nats, milvus });
  frontends(namespace, { ...platform, models, nats });
  return { models, nats, milvus, mlflow };
}
