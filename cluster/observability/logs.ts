import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN } from '../domains.ts';
import { LONGHORN, type Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { route } from '../support/route.ts';
import { vaultSecret } from '../support/vault-secret.ts';

/** Where everything sends its logs, traces and metrics by OTLP. */
export const OTLP_GRPC = 'otel-collector.observability.svc.cluster.local:4317';
export const OTLP_HTTP = 'http://otel-collector.observability.svc.cluster.local:4318';

/** Logs and traces in ClickHouse, looked at in HyperDX (ClickStack). */
export function logs(namespace: Namespace, sources: Sources, platform: Platform) {
  const operators = new Application(namespace, 'clickstack-operators');
  new HelmRelease(operators, 'clickstack-operators', { chart: sources.clickStackOperators });

  const clickStack = new Application(namespace, 'clickstack', {
    dependsOn: [operators, platform.storage, platform.secrets, platform.routing],
    timeout: '15m',
  });
  vaultSecret(clickStack, 'clickstack-credentials');
  new HelmRelease(clickStack, 'clickstack', {
    chart: sources.clickStack,
    valuesFrom: ['HYPERDX_API_KEY', 'CLICKHOUSE_PASSWORD', 'CLICKHOUSE_APP_PASSWORD', 'MONGODB_PASSWORD'].map(
      (key) => ({
        kind: 'Secret' as const,
        name: 'clickstack-credentials',
        valuesKey: key,
        targetPath: `hyperdx.secrets.${key}`,
      }),
    ),
    values: {
      hyperdx: {
        config: {
          FRONTEND_URL: `https://logs.${LAB_DOMAIN}`,
          USAGE_STATS_ENABLED: 'false',
          HYPERDX_OTEL_EXPORTER_TABLES_TTL: '720h',
        },
        deployment: { resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } } },
      },
      clickhouse: {
        keeper: { spec: { dataVolumeClaimSpec: claim('5Gi') } },
        cluster: {
          spec: {
            containerTemplate: { resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '8Gi' } } },
            dataVolumeClaimSpec: claim('200Gi'),
          },
        },
      },
    },
  });
  route(clickStack, 'clickstack', {
    host: `logs.${LAB_DOMAIN}`,
    service: { name: 'clickstack-app', port: 3000 },
  });

  // On every node, for its logs; and the one address that everything sends to.
  const collector = new Application(namespace, 'otel-collector', {
    dependsOn: [clickStack, platform.metrics],
  });
  new HelmRelease(collector, 'otel-collector', {
    chart: sources.openTelemetryCollector,
    values: {
      fullnameOverride: 'otel-collector',
      mode: 'daemonset',
      image: { repository: 'docker.io/otel/opentelemetry-collector-contrib', tag: '0.157.0' },
      command: { name: 'otelcol-contrib' },
      extraEnvs: [
        {
          name: 'HYPERDX_API_KEY',
          valueFrom: { secretKeyRef: { name: 'clickstack-credentials', key: 'HYPERDX_API_KEY' } },
        },
      ],
      presets: { logsCollection: { enabled: true }, kubernetesAttributes: { enabled: true } },
      service: { enabled: true },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      // What the chart opens besides OTLP, and nobody uses.
      ports: Object.fromEntries(
        ['jaeger-compact', 'jaeger-thrift', 'jaeger-grpc', 'zipkin'].map((port) => [port, { enabled: false }]),
      ),
      serviceMonitor: { enabled: true },
      config: COLLECTOR,
    },
  });
  return { collector };
}

function claim(storage: string) {
  return { storageClassName: LONGHORN, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
}

const COLLECTOR = {
  receivers: {
    jaeger: null,
    zipkin: null,
    prometheus: null,
    otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
  },
  processors: {
    memory_limiter: { check_interval: '5s', limit_percentage: 80, spike_limit_percentage: 25 },
    batch: {},
  },
  exporters: {
    otlphttp: {
      endpoint: 'http://clickstack-otel-collector:4318',
      headers: { authorization: '${env:HYPERDX_API_KEY}' },
    },
    prometheusremotewrite: {
      endpoint: 'http://prometheus-operated.observability.svc.cluster.local:9090/api/v1/write',
    },
  },
  service: {
    pipelines: {
      logs: { exporters: ['otlphttp'] },
      traces: { receivers: ['otlp'], exporters: ['otlphttp'] },
      metrics: { receivers: ['otlp'], exporters: ['prometheusremotewrite'] },
    },
  },
};
