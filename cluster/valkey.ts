import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LONGHORN, type Platform } from './platform.ts';
import type { Sources } from './sources.ts';

/** The cache is shared, so each user of it has a database of its own. */
export const VALKEY = {
  host: 'valkey.valkey.svc.cluster.local',
  port: 6379,
  database: { affine: 0, nextcloud: 1, paperless: 2, handlers: 3 },
} as const;

/** A cache for the productivity apps and the AI handlers. What it holds can be made again. */
export function valkey(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics' | 'storage'>) {
  const namespace = new Namespace(cluster, 'valkey');
  const valkey = new Application(namespace, 'valkey', { dependsOn: [platform.metrics, platform.storage] });
  new HelmRelease(valkey, 'valkey', {
    chart: sources.valkey,
    values: {
      dataStorage: { enabled: true, requestedSize: '4Gi', className: LONGHORN },
      valkeyConfig: 'maxmemory 1gb\nmaxmemory-policy volatile-lru\n',
      resources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '1536Mi' } },
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
    },
  });
  return { valkey };
}
