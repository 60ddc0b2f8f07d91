import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { LAB_DOMAIN } from '../domains.ts';
import { CANDLEKEEP, GRAVENHOLLOW, ON_AMD64 } from '../hardware.ts';
import { Probe, ScrapeConfig } from '../kinds/prometheus-operator.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import { Workload } from '../support/workload.ts';

const SMALL = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } };

/** One exporter for each thing that cannot speak to Prometheus itself (ADR-0038). */
export function exporters(namespace: Namespace, sources: Sources, platform: Platform): void {
  // Disks, on the nodes that have any.
  const smartctl = new Application(namespace, 'smartctl-exporter', { dependsOn: [platform.metrics] });
  new HelmRelease(smartctl, 'smartctl-exporter', {
    chart: sources.smartctlExporter,
    values: {
      fullnameOverride: 'smartctl-exporter',
      nodeSelector: ON_AMD64,
      resources: SMALL,
      serviceMonitor: { enabled: true },
      prometheusRules: { enabled: false },
    },
  });

  // The UPS and the switches.
  const snmp = new Application(namespace, 'snmp-exporter', { dependsOn: [platform.metrics, platform.secrets] });
  vaultSecret(snmp, 'snmp-exporter-auth');
  new HelmRelease(snmp, 'snmp-exporter', {
    chart: sources.snmpExporter,
    values: {
      fullnameOverride: 'snmp-exporter',
      resources: SMALL,
      extraSecretMounts: [
        { name: 'auth', secretName: 'snmp-exporter-auth', mountPath: '/run/secrets/snmp', readOnly: true },
      ],
      extraArgs: ['--config.file=/etc/snmp_exporter/snmp.yml', '--config.file=/run/secrets/snmp/auth.yml'],
      serviceMonitor: {
        enabled: true,
        path: '/snmp',
        params: [
          { name: 'ups', module: ['apcups'], auth: ['home'], target: `ups.${LAB_DOMAIN}` },
          { name: 'switch', module: ['if_mib'], auth: ['home'], target: `switch.${LAB_DOMAIN}` },
        ],
        relabelings: [{ sourceLabels: ['__param_target'], targetLabel: 'instance' }],
      },
    },
  });

  // Whether what is outside of the cluster answers.
  const blackbox = new Application(namespace, 'blackbox-exporter', { dependsOn: [platform.metrics] });
  new HelmRelease(blackbox, 'blackbox-exporter', {
    chart: sources.blackboxExporter,
    values: {
      fullnameOverride: 'blackbox-exporter',
      resources: SMALL,
      pspEnabled: false,
      securityContext: { capabilities: { add: ['NET_RAW'] } },
      config: {
        modules: {
          icmp: { prober: 'icmp', timeout: '5s', icmp: { preferred_ip_protocol: 'ip4' } },
          tcp_connect: { prober: 'tcp', timeout: '5s' },
        },
      },
      serviceMonitor: { selfMonitor: { enabled: true } },
    },
  });
  new Probe(blackbox, 'lan', {
    jobName: 'lan',
    module: 'icmp',
    interval: '1m',
    prober: { url: 'blackbox-exporter.observability.svc.cluster.local:9115' },
    targets: { staticConfig: { static: [GRAVENHOLLOW, CANDLEKEEP, `waterdeep.${LAB_DOMAIN}`] } },
  });
  new ScrapeConfig(blackbox, 'gravenhollow', {
    staticConfigs: [{ targets: [`${GRAVENHOLLOW}:9100`], labels: { job: 'node-exporter' } }],
  });

  // The UniFi network.
  const unpoller = new Application(namespace, 'unpoller', { dependsOn: [platform.metrics, platform.secrets] });
  vaultSecret(unpoller, 'unpoller-credentials');
  new Workload(unpoller, 'unpoller', {
    image: 'ghcr.io/unpoller/unpoller:v4.0.0',
    port: 9130,
    health: '/health',
    metrics: '/metrics',
    env: { UP_UNIFI_DEFAULT_URL: `https://unifi.${LAB_DOMAIN}`, UP_INFLUXDB_DISABLE: 'true' },
    secrets: ['unpoller-credentials'],
    cpu: 10,
    memory: { request: 64, limit: 128 },
    prefer: 'arm64',
  });
}
