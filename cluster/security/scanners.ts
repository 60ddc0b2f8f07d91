import { Application, HelmRelease, type Namespace } from '../../constructs/index.ts';
import { preferArch } from '../hardware.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';

/** Falco sees what processes do, Trivy what their images hold. */
export function scanners(namespace: Namespace, sources: Sources, { metrics }: Pick<Platform, 'metrics'>): void {
  const falco = new Application(namespace, 'falco', { dependsOn: [metrics] });
  new HelmRelease(falco, 'falco', {
    chart: sources.falco,
    values: {
      // Talos compiles no kernel modules; eBPF needs none.
      driver: { kind: 'modern_ebpf' },
      // Every node, the control plane too.
      tolerations: [{ operator: 'Exists' }],
      tty: true,
      collectors: {
        containerEngine: { engines: { containerd: { enabled: true, sockets: ['/run/containerd/containerd.sock'] } } },
      },
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
      metrics: { enabled: true },
      serviceMonitor: { create: true },
      falcosidekick: {
        enabled: true,
        replicaCount: 1,
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        config: {
          alertmanager: {
            hostport: 'http://alertmanager-operated.observability.svc.cluster.local:9093',
            minimumpriority: 'warning',
            // Falco's words for how bad it is, as our routes know them.
            customseveritymap: 'warning:warning,error:critical,critical:critical,alert:critical,emergency:critical',
          },
        },
      },
    },
  });

  const trivyOperator = new Application(namespace, 'trivy-operator', { dependsOn: [metrics] });
  new HelmRelease(trivyOperator, 'trivy-operator', {
    chart: sources.trivyOperator,
    values: {
      trivy: { mode: 'Standalone', severity: 'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL' },
      operator: {
        vulnerabilityScannerEnabled: true,
        configAuditScannerEnabled: true,
        rbacAssessmentScannerEnabled: true,
        exposedSecretScannerEnabled: true,
        sbomGenerationEnabled: true,
        // Talos has no host file system to look at.
        infraAssessmentScannerEnabled: false,
        scanJobsConcurrentLimit: 3,
      },
      nodeCollector: { useNodeSelector: false },
      // Scans are in no hurry: the Raspberry Pis do them.
      trivyOperator: { scanJobAffinity: [preferArch('arm64')] },
      serviceMonitor: { enabled: true },
    },
  });
}
