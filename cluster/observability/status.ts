import { stringify } from 'yaml';
import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN, PUBLIC_DOMAIN } from '../domains.ts';
import { Silence } from '../kinds/prometheus-operator.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { route } from '../support/route.ts';
import { Workload } from '../support/workload.ts';
import { NTFY, TOPICS } from './ntfy.ts';

/** What people look at when something does not work, and what keeps quiet what need not be said. */
export function status(namespace: Namespace, sources: Sources, platform: Platform, monitoring: Application): void {
  const gatus = new Application(namespace, 'gatus', {
    dependsOn: [platform.storage, platform.routing, platform.metrics],
  });
  const page = new Workload(gatus, 'gatus', {
    image: 'ghcr.io/twin/gatus:v5.36.0',
    port: 8080,
    health: '/health',
    metrics: '/metrics',
    env: { GATUS_CONFIG_PATH: '/config/config.yaml' },
    volumes: {
      data: { path: '/data', gibibytes: 1 },
      config: { path: '/config', files: { 'config.yaml': stringify(GATUS) } },
    },
    cpu: 10,
    memory: { request: 64, limit: 256 },
    prefer: 'arm64',
  });
  route(gatus, 'gatus', { gateway: 'public', host: `status.${PUBLIC_DOMAIN}`, service: page.backend });

  const silences = new Application(namespace, 'silence-operator', { dependsOn: [monitoring] });
  new HelmRelease(silences, 'silence-operator', {
    chart: sources.silenceOperator,
    values: {
      alertmanagerAddress: 'http://alertmanager-operated.observability.svc.cluster.local:9093',
      networkPolicy: { enabled: false },
    },
  });
  const declared = new Application(namespace, 'silences', { dependsOn: [silences] });
  // Ray fills the GPU nodes on purpose.
  new Silence(declared, 'gpu-nodes-are-full', {
    matchers: [
      { name: 'alertname', value: 'NodeMemoryHighUtilization' },
      { name: 'instance', value: '(khelben|elminster|drizzt|danilo).*', matchType: '=~' },
    ],
  });
}

const WATCHED = {
  public: ['git', 'auth', 'ntfy', 'vaultwarden', 'cloud', 'affine'].map((name) => `${name}.${PUBLIC_DOMAIN}`),
  internal: ['companions-chat', 'voice', 'kubeflow', 'mlflow', 'jellyfin', 'grafana'].map(
    (name) => `${name}.${LAB_DOMAIN}`,
  ),
};

const GATUS = {
  metrics: true,
  storage: { type: 'sqlite', path: '/data/gatus.db' },
  ui: { title: 'DaviesTechLabs', header: 'Status' },
  alerting: {
    ntfy: {
      url: NTFY,
      topic: TOPICS.status,
      priority: 4,
      'default-alert': { 'failure-threshold': 3, 'success-threshold': 2, 'send-on-resolved': true },
    },
  },
  endpoints: Object.entries(WATCHED).flatMap(([group, hosts]) =>
    hosts.map((host) => ({
      name: host.slice(0, host.indexOf('.')),
      group,
      url: `https://${host}`,
      interval: '1m',
      // Internal certificates are signed by our own authority, which the image does not know.
      ...(group === 'internal' && { client: { insecure: true } }),
      conditions: ['[STATUS] < 500', ...(group === 'public' ? ['[CERTIFICATE_EXPIRATION] > 240h'] : [])],
      alerts: [{ type: 'ntfy' }],
    })),
  ),
};
