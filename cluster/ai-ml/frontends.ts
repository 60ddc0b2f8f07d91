import { ApiObject } from 'cdk8s';
import { Application, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN } from '../domains.ts';
import { imageOf } from '../images.ts';
import { oidcIssuer } from '../identity.ts';
import { Rollout } from '../kinds/argo-rollouts.ts';
import { HTTPRoute } from '../kinds/gateway-api.ts';
import { OTLP_HTTP } from '../observability/logs.ts';
import { database } from '../support/database.ts';
import { GATEWAYS, route } from '../support/route.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import { Workload } from '../support/workload.ts';
import { NATS_URL } from './data.ts';
import { INFERENCE_URL } from './inference.ts';
import type { AiPlatform } from './index.ts';

/** What people talk to. */
export function frontends(namespace: Namespace, platform: AiPlatform & Record<'models' | 'nats', Application>): void {
  const companionsDb = database(namespace, 'companions-db', platform, { database: 'companions', pooler: true });
  const companions = new Application(namespace, 'companions', {
    dependsOn: [companionsDb.application, platform.nats, platform.models, platform.routing, platform.rollouts],
  });
  // Client ids and secrets of the providers that one may log in with.
  vaultSecret(companions, 'companions-oauth');
  const chat = new Workload(companions, 'companions', {
    image: imageOf('companions-frontend'),
    port: 8080,
    health: '/healthz',
    env: {
      BASE_URL: `https://companions-chat.${LAB_DOMAIN}`,
      NATS_URL,
      INFERENCE_URL,
      DATABASE_HOST: companionsDb.host,
      DATABASE_NAME: 'companions',
      OIDC_ISSUER: oidcIssuer('companions'),
      OTEL_EXPORTER_OTLP_ENDPOINT: OTLP_HTTP,
    },
    secretEnv: {
      DATABASE_USER: { secret: companionsDb.secret, key: 'username' },
      DATABASE_PASSWORD: { secret: companionsDb.secret, key: 'password' },
    },
    secrets: ['companions-oauth'],
    replicas: 'scaled',
    cpu: 50,
    memory: { request: 64, limit: 256 },
  });
  canary(companions, chat);

  const voice = new Application(namespace, 'voice-ui', { dependsOn: [platform.models, platform.routing] });
  const ui = new Workload(voice, 'voice-ui', {
    image: imageOf('gradio-ui'),
    port: 7860,
    env: { INFERENCE_URL, GRADIO_SERVER_NAME: '0.0.0.0', GRADIO_ANALYTICS_ENABLED: 'False' },
    volumes: { tmp: { path: '/tmp', scratch: true } },
    cpu: 100,
    memory: { request: 256, limit: 1024 },
  });
  route(voice, 'voice-ui', { host: `voice.${LAB_DOMAIN}`, service: ui.backend });
}

/** A new version of the companions gets a fifth of the requests, then half, each for ten minutes, before it has all. */
function canary(application: Application, workload: Workload): void {
  const { name, backend, labels } = workload;
  new ApiObject(application, 'canary-service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${name}-canary`, labels: { ...labels } },
    spec: { selector: { ...labels }, ports: [{ name: 'http', port: backend.port, targetPort: 8080 }] },
  });
  new HTTPRoute(
    application,
    name,
    {
      parentRefs: [GATEWAYS.internal],
      hostnames: [`companions-chat.${LAB_DOMAIN}`],
      rules: [
        {
          backendRefs: [
            { ...backend, weight: 100 },
            { name: `${name}-canary`, port: backend.port, weight: 0 },
          ],
        },
      ],
    },
    // Once it is there the weights are the Rollout's: Flux would set them back in the middle of a canary.
    { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } },
  );
  new Rollout(application, name, {
    replicas: 2,
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name, scaleDown: 'onsuccess' },
    strategy: {
      canary: {
        stableService: backend.name,
        canaryService: `${name}-canary`,
        trafficRouting: {
          plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: name, namespace: application.namespace } },
        },
        steps: [{ setWeight: 20 }, { pause: { duration: '10m' } }, { setWeight: 50 }, { pause: { duration: '10m' } }],
      },
    },
  });
}
