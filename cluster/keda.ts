import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';

/** Scaling by events: NATS queues, requests at the gateway, Prometheus queries. */
export function keda(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics'>) {
  const namespace = new Namespace(cluster, 'keda');
  const keda = new Application(namespace, 'keda', { dependsOn: [platform.metrics] });
  new HelmRelease(keda, 'keda', {
    chart: sources.keda,
    values: {
      prometheus: {
        metricServer: { enabled: true, serviceMonitor: { enabled: true } },
        operator: { enabled: true, serviceMonitor: { enabled: true } },
        webhooks: { enabled: true, serviceMonitor: { enabled: true } },
      },
    },
  });
  return { keda };
}
