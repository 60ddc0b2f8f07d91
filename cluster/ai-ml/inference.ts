import { ApiObject } from 'cdk8s';
import { stringify } from 'yaml';
import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { NODES, onNode, type NodeName } from '../hardware.ts';
import { imageOf } from '../images.ts';
import { RayService } from '../kinds/kuberay.ts';
import { PodMonitor } from '../kinds/prometheus-operator.ts';
import type { Sources } from '../sources.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import type { AiPlatform } from './index.ts';

/** The one address of all models. */
export const INFERENCE = { host: 'ai-inference-serve-svc.ai-ml.svc.cluster.local', port: 8000 } as const;
export const INFERENCE_URL = `http://${INFERENCE.host}:${INFERENCE.port}`;

/** The Ray of the images; head and workers must agree. */
// renovate: datasource=docker depName=docker.io/rayproject/ray extractVersion=^(?<version>.+)-py312$
const RAY = '2.52.0';

interface Model {
  readonly name: string;
  readonly node: Extract<NodeName, 'khelben' | 'elminster' | 'drizzt' | 'danilo'>;
  /** The part of the node's GPU that it takes. */
  readonly gpu: number;
  readonly import: string;
}

/** Which model runs where: each GPU has the ones that fit it (ADR-0005, ADR-0011). */
const MODELS: readonly Model[] = [
  { name: 'llm', node: 'khelben', gpu: 0.95, import: 'ray_serve.llm:app' },
  { name: 'whisper', node: 'elminster', gpu: 0.5, import: 'ray_serve.whisper:app' },
  { name: 'tts', node: 'elminster', gpu: 0.5, import: 'ray_serve.tts:app' },
  { name: 'embeddings', node: 'drizzt', gpu: 0.8, import: 'ray_serve.embeddings:app' },
  { name: 'reranker', node: 'danilo', gpu: 0.8, import: 'ray_serve.reranker:app' },
];

const WORKERS = [
  { node: 'khelben', image: 'ray-worker-strixhalo', cpu: 8, memory: '48Gi' },
  { node: 'elminster', image: 'ray-worker-nvidia', cpu: 4, memory: '12Gi' },
  { node: 'drizzt', image: 'ray-worker-rdna2', cpu: 4, memory: '12Gi' },
  { node: 'danilo', image: 'ray-worker-intel', cpu: 4, memory: '12Gi' },
] as const;

/** Ray serves every model, over all GPUs, behind one address. */
export function inference(namespace: Namespace, sources: Sources, platform: AiPlatform) {
  const operator = new Application(namespace, 'kuberay-operator', { dependsOn: [platform.metrics] });
  new HelmRelease(operator, 'kuberay-operator', {
    chart: sources.kubeRay,
    values: {
      batchScheduler: { enabled: true, name: 'volcano' },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
    },
  });

  const models = new Application(namespace, 'ai-inference', {
    dependsOn: [operator, platform.secrets, platform.metrics, ...platform.gpus],
    // The weights of the language model alone are dozens of gigabytes.
    timeout: '30m',
  });
  vaultSecret(models, 'ai-inference-huggingface');
  new RayService(models, 'ai-inference', {
    serveConfigV2: stringify({
      applications: [
        ...MODELS.map((model) => ({
          name: model.name,
          route_prefix: `/${model.name}`,
          import_path: model.import,
          deployments: [
            { name: model.name, ray_actor_options: { num_gpus: model.gpu, resources: { [model.node]: 0.01 } } },
          ],
        })),
        // They call the models and need no GPU: the head runs them.
        ...['chat', 'voice'].map((name) => ({
          name,
          route_prefix: `/${name}`,
          import_path: `ray_serve.${name}:app`,
          deployments: [{ name, ray_actor_options: { num_cpus: 0.5, resources: { head: 0.01 } } }],
        })),
      ],
    }),
    rayClusterConfig: {
      rayVersion: RAY,
      headGroupSpec: {
        rayStartParams: { 'dashboard-host': '0.0.0.0', 'num-gpus': '0', resources: rayResources('head') },
        template: {
          spec: {
            nodeSelector: onNode('wulfgar'),
            containers: [
              {
                name: 'ray-head',
                image: `docker.io/rayproject/ray:${RAY}-py312`,
                ports: [
                  { name: 'gcs', containerPort: 6379 },
                  { name: 'dashboard', containerPort: 8265 },
                  { name: 'serve', containerPort: 8000 },
                  { name: 'metrics', containerPort: 8080 },
                ],
                resources: { requests: { cpu: 1, memory: '4Gi' }, limits: { memory: '8Gi' } },
              },
            ],
          },
        },
      },
      workerGroupSpecs: WORKERS.map(({ node, image, cpu, memory }) => ({
        groupName: node,
        replicas: 1,
        minReplicas: 1,
        maxReplicas: 1,
        rayStartParams: { 'num-gpus': '1', resources: rayResources(node) },
        template: {
          spec: {
            nodeSelector: onNode(node),
            ...(NODES[node].resource === 'nvidia.com/gpu' && { runtimeClassName: 'nvidia' }),
            containers: [
              {
                name: 'ray-worker',
                image: imageOf(image),
                ports: [{ name: 'metrics', containerPort: 8080 }],
                env: [{ name: 'HF_HOME', value: '/models' }],
                envFrom: [{ secretRef: { name: 'ai-inference-huggingface' } }],
                resources: {
                  requests: { cpu, memory, [NODES[node].resource]: 1 },
                  limits: { memory, [NODES[node].resource]: 1 },
                },
                volumeMounts: [
                  { name: 'models', mountPath: '/models' },
                  { name: 'shared-memory', mountPath: '/dev/shm' },
                ],
              },
            ],
            volumes: [
              // On the node's own disk: a model that was fetched once is there after a restart.
              { name: 'models', hostPath: { path: '/var/mnt/models', type: 'DirectoryOrCreate' } },
              { name: 'shared-memory', emptyDir: { medium: 'Memory' } },
            ],
          },
        },
      })),
    },
  });
  new PodMonitor(models, 'ai-inference', {
    selector: { matchLabels: { 'ray.io/is-ray-node': 'yes' } },
    podMetricsEndpoints: [{ port: 'metrics' }],
  });

  // What was called by KServe's names is served by Ray now.
  const kserve = new Application(namespace, 'kserve-compatibility', { dependsOn: [models] });
  for (const { name } of MODELS) {
    new ApiObject(kserve, `${name}-predictor`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${name}-predictor` },
      spec: { type: 'ExternalName', externalName: INFERENCE.host },
    });
  }
  return { models };
}

/** A resource that only one node has, by which Ray puts a model there: a string of JSON, in quotes for the shell. */
function rayResources(name: string): string {
  return JSON.stringify(JSON.stringify({ [name]: 1 }));
}
