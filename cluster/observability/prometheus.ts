import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN, PUBLIC_DOMAIN } from '../domains.ts';
import { ON_AMD64 } from '../hardware.ts';
import { AlertmanagerConfig, PodMonitor, PrometheusRule } from '../kinds/prometheus-operator.ts';
import { LONGHORN, type Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { GATEWAYS } from '../support/route.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import { TOPICS, webhook } from './ntfy.ts';

/** Prometheus, Alertmanager, Grafana, node-exporter and kube-state-metrics. */
export function prometheus(namespace: Namespace, sources: Sources, platform: Platform): Application {
  const stack = new Application(namespace, 'kube-prometheus-stack', {
    dependsOn: [platform.metrics, platform.storage, platform.routing, platform.secrets],
    timeout: '15m',
  });
  vaultSecret(stack, 'grafana-oidc');
  vaultSecret(stack, 'grafana-admin');
  new HelmRelease(stack, 'kube-prometheus-stack', {
    chart: sources.kubePrometheusStack,
    values: {
      crds: { enabled: false },
      cleanPrometheusOperatorObjectNames: true,
      // Talos runs neither as a Pod that could be scraped.
      kubeProxy: { enabled: false },
      kubeEtcd: { service: { selector: { component: 'kube-apiserver' } } },
      prometheus: {
        route: internalRoute('prometheus'),
        prometheusSpec: {
          externalUrl: `https://prometheus.${LAB_DOMAIN}`,
          retention: '14d',
          retentionSize: '50GB',
          enableRemoteWriteReceiver: true,
          // Whatever declares a monitor is scraped, without a label for this release.
          podMonitorSelectorNilUsesHelmValues: false,
          probeSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
          scrapeConfigSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          nodeSelector: ON_AMD64,
          resources: { requests: { cpu: '200m', memory: '2Gi' }, limits: { memory: '6Gi' } },
          storageSpec: claim('60Gi'),
        },
      },
      alertmanager: {
        route: internalRoute('alertmanager'),
        alertmanagerSpec: {
          externalUrl: `https://alertmanager.${LAB_DOMAIN}`,
          alertmanagerConfiguration: { name: 'alertmanager' },
          nodeSelector: ON_AMD64,
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          storage: claim('1Gi'),
        },
      },
      grafana: GRAFANA,
      'prometheus-node-exporter': {
        fullnameOverride: 'node-exporter',
        resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '128Mi' } },
      },
      'kube-state-metrics': {
        fullnameOverride: 'kube-state-metrics',
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        // `kube_customresource_…`: whether each object of Flux is ready.
        customResourceState: { enabled: true, config: FLUX_STATE },
        rbac: {
          extraRules: [
            { apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'], verbs: ['list', 'watch'] },
            { apiGroups: ['helm.toolkit.fluxcd.io'], resources: ['helmreleases'], verbs: ['list', 'watch'] },
          ],
        },
      },
    },
  });

  const alerting = new Application(namespace, 'alerting', { dependsOn: [platform.metrics] });
  routeAlerts(alerting);
  new PodMonitor(alerting, 'flux', {
    namespaceSelector: { matchNames: ['flux-system'] },
    selector: { matchLabels: { 'app.kubernetes.io/part-of': 'flux' } },
    podMetricsEndpoints: [{ port: 'http-prom' }],
  });
  declareRules(alerting);
  return stack;
}

function claim(storage: string) {
  return { volumeClaimTemplate: { spec: { storageClassName: LONGHORN, resources: { requests: { storage } } } } };
}

function internalRoute(name: string) {
  return { main: { enabled: true, hostnames: [`${name}.${LAB_DOMAIN}`], parentRefs: [GATEWAYS.internal] } };
}

const dashboard = (path: string) => ({ url: `https://raw.githubusercontent.com/${path}`, datasource: 'Prometheus' });

const GRAFANA = {
  admin: { existingSecret: 'grafana-admin', userKey: 'username', passwordKey: 'password' },
  envFromSecret: 'grafana-oidc',
  route: internalRoute('grafana'),
  defaultDashboardsEnabled: true,
  dashboardProviders: {
    'dashboardproviders.yaml': {
      apiVersion: 1,
      providers: [{ name: 'default', type: 'file', options: { path: '/var/lib/grafana/dashboards/default' } }],
    },
  },
  // Of those whose charts bring none.
  dashboards: {
    default: {
      keda: dashboard('kedacore/keda/main/config/grafana/keda-dashboard.json'),
      flux: dashboard('fluxcd/flux2-monitoring-example/main/monitoring/configs/dashboards/cluster.json'),
      'flux-control-plane': dashboard(
        'fluxcd/flux2-monitoring-example/main/monitoring/configs/dashboards/control-plane.json',
      ),
    },
  },
  sidecar: {
    dashboards: { enabled: true, searchNamespace: 'ALL' },
    datasources: { enabled: true, searchNamespace: 'ALL' },
  },
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  'grafana.ini': {
    server: { root_url: `https://grafana.${LAB_DOMAIN}` },
    // GF_AUTH_GENERIC_OAUTH_CLIENT_ID and …_CLIENT_SECRET come with the Secret.
    'auth.generic_oauth': {
      enabled: true,
      name: 'Authentik',
      scopes: 'openid profile email groups',
      auth_url: `https://auth.${PUBLIC_DOMAIN}/application/o/authorize/`,
      token_url: `https://auth.${PUBLIC_DOMAIN}/application/o/token/`,
      api_url: `https://auth.${PUBLIC_DOMAIN}/application/o/userinfo/`,
      role_attribute_path: "contains(groups[*], 'Grafana Admins') && 'Admin' || 'Viewer'",
    },
  },
};

/** For kube-state-metrics: name, namespace and the state of the condition Ready. */
const FLUX_STATE = {
  spec: {
    resources: [
      ['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization'],
      ['helm.toolkit.fluxcd.io', 'v2', 'HelmRelease'],
    ].map(([group, version, kind]) => ({
      groupVersionKind: { group, version, kind },
      metricNamePrefix: 'gotk',
      metrics: [
        {
          name: 'resource_info',
          each: { type: 'Info', info: { labelsFromPath: { name: ['metadata', 'name'] } } },
          labelsFromPath: {
            exported_namespace: ['metadata', 'namespace'],
            ready: ['status', 'conditions', '[type=Ready]', 'status'],
            suspended: ['spec', 'suspend'],
          },
        },
      ],
    })),
  },
};

/** What wakes somebody is urgent; the rest is there in the morning. Both are told when it is over. */
function routeAlerts(application: Application): void {
  const severity = (value: 'critical' | 'warning') => [{ name: 'severity', matchType: '=', value }] as const;
  new AlertmanagerConfig(application, 'alertmanager', {
    route: {
      receiver: 'ntfy-warning',
      groupBy: ['alertname', 'namespace'],
      groupWait: '1m',
      groupInterval: '10m',
      repeatInterval: '12h',
      routes: [
        // Heartbeats are for machines.
        { receiver: 'nobody', matchers: [{ name: 'alertname', matchType: '=~', value: 'Watchdog|InfoInhibitor' }] },
        { receiver: 'ntfy-critical', matchers: severity('critical') },
        { receiver: 'ntfy-warning', matchers: severity('warning') },
      ],
    },
    inhibitRules: [
      { sourceMatch: severity('critical'), targetMatch: severity('warning'), equal: ['alertname', 'namespace'] },
    ],
    receivers: [
      { name: 'nobody' },
      {
        name: 'ntfy-critical',
        webhookConfigs: [{ url: webhook(TOPICS.alerts, 'alertmanager', 'urgent'), sendResolved: true }],
      },
      {
        name: 'ntfy-warning',
        webhookConfigs: [{ url: webhook(TOPICS.alerts, 'alertmanager', 'high'), sendResolved: true }],
      },
    ],
  });
}

function declareRules(application: Application): void {
  new PrometheusRule(application, 'homelab', {
    groups: [
      {
        name: 'flux',
        rules: [
          {
            alert: 'FluxObjectNotReady',
            expr: 'gotk_resource_info{ready="False", suspended!="true"} == 1',
            for: '15m',
            labels: { severity: 'warning' },
            annotations: {
              summary:
                '{{ $labels.customresource_kind }} {{ $labels.exported_namespace }}/{{ $labels.name }} is not ready',
            },
          },
        ],
      },
      {
        name: 'backups',
        rules: [
          {
            alert: 'VeleroBackupOld',
            expr: 'time() - velero_backup_last_successful_timestamp{schedule="nightly"} > 2 * 86400',
            labels: { severity: 'critical' },
            annotations: { summary: 'There has been no nightly backup for two days' },
          },
          {
            alert: 'PostgresArchivingFails',
            expr: 'cnpg_pg_stat_archiver_last_failed_time - cnpg_pg_stat_archiver_last_archived_time > 1',
            for: '10m',
            labels: { severity: 'critical' },
            annotations: { summary: 'The write-ahead log of {{ $labels.pod }} does not reach the object storage' },
          },
        ],
      },
      {
        name: 'hardware',
        rules: [
          {
            alert: 'DiskFails',
            expr: 'smartctl_device_smart_status == 0',
            labels: { severity: 'critical' },
            annotations: { summary: '{{ $labels.device }} of {{ $labels.instance }} says that it fails' },
          },
          {
            alert: 'LanHostDown',
            expr: 'probe_success{job="lan"} == 0',
            for: '5m',
            labels: { severity: 'warning' },
            annotations: { summary: '{{ $labels.instance }} does not answer' },
          },
        ],
      },
    ],
  });
}
