import { customKind } from '../../constructs/index.ts';

/** The Prometheus operator, as far as this cluster uses it. */
const API = 'monitoring.coreos.com/v1';

interface Endpoint {
  readonly port: string;
  readonly path?: string;
  readonly interval?: string;
}

export const ServiceMonitor = customKind<{
  selector: { matchLabels: Readonly<Record<string, string>> };
  endpoints: readonly Endpoint[];
}>(API, 'ServiceMonitor');

export const PodMonitor = customKind<{
  /** Default: the monitor's own. */
  namespaceSelector?: { matchNames: readonly string[] };
  selector: { matchLabels: Readonly<Record<string, string>> };
  podMetricsEndpoints: readonly Endpoint[];
}>(API, 'PodMonitor');

export const Probe = customKind<{
  jobName: string;
  module: string;
  interval: string;
  prober: { url: string };
  targets: { staticConfig: { static: readonly string[] } };
}>(API, 'Probe');

export const PrometheusRule = customKind<{
  groups: readonly {
    name: string;
    rules: readonly {
      alert: string;
      expr: string;
      for?: string;
      labels: { severity: 'critical' | 'warning' };
      annotations: { summary: string };
    }[];
  }[];
}>(API, 'PrometheusRule');

export const ScrapeConfig = customKind<{
  metricsPath?: string;
  scrapeInterval?: string;
  staticConfigs: readonly { targets: readonly string[]; labels?: Readonly<Record<string, string>> }[];
}>('monitoring.coreos.com/v1alpha1', 'ScrapeConfig');

interface WebhookReceiver {
  readonly name: string;
  readonly webhookConfigs?: readonly { url: string; sendResolved: boolean }[];
}

interface Matcher {
  readonly name: string;
  readonly matchType: '=' | '=~' | '!=' | '!~';
  readonly value: string;
}

export const AlertmanagerConfig = customKind<{
  route: {
    receiver: string;
    groupBy: readonly string[];
    groupWait: string;
    groupInterval: string;
    repeatInterval: string;
    routes: readonly { receiver: string; matchers: readonly Matcher[] }[];
  };
  inhibitRules: readonly {
    sourceMatch: readonly Matcher[];
    targetMatch: readonly Matcher[];
    equal: readonly string[];
  }[];
  receivers: readonly WebhookReceiver[];
}>('monitoring.coreos.com/v1alpha1', 'AlertmanagerConfig');

/** A silence of Alertmanager, of Giant Swarm's silence operator. */
export const Silence = customKind<{ matchers: readonly { name: string; value: string; matchType?: '=' | '=~' }[] }>(
  'observability.giantswarm.io/v1alpha2',
  'Silence',
);
