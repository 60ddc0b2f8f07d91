/** Seeing what happens: metrics, logs and traces, and how people hear of what matters. */
import { Namespace, type Cluster } from '../../constructs/index.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { exporters } from './exporters.ts';
import { logs } from './logs.ts';
import { ntfy } from './ntfy.ts';
import { prometheus } from './prometheus.ts';
import { status } from './status.ts';

export function observability(cluster: Cluster, sources: Sources, platform: Platform) {
  const namespace = new Namespace(cluster, 'observability', {
    // node-exporter and smartctl-exporter read the host.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const { ntfy: notifications } = ntfy(namespace, platform);
  const monitoring = prometheus(namespace, sources, platform);
  exporters(namespace, sources, platform);
  const { collector } = logs(namespace, sources, platform);
  status(namespace, sources, platform, monitoring);
  return { ntfy: notifications, monitoring, collector };
}
