import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';

/** The PostgreSQL operator. Each database is declared beside the app that uses it. */
export function cnpgSystem(
  cluster: Cluster,
  sources: Sources,
  platform: Pick<Platform, 'metrics'> & { certManager: Application },
) {
  const namespace = new Namespace(cluster, 'cnpg-system');
  const cloudnativePg = new Application(namespace, 'cloudnative-pg', { dependsOn: [platform.metrics] });
  new HelmRelease(cloudnativePg, 'cloudnative-pg', {
    chart: sources.cloudnativePg,
    values: {
      crds: { create: true },
      monitoring: { podMonitorEnabled: true, grafanaDashboard: { create: true } },
    },
  });

  // Backups to object storage; operator and plugin speak over TLS with certificates of cert-manager.
  const barman = new Application(namespace, 'plugin-barman-cloud', {
    dependsOn: [cloudnativePg, platform.certManager],
  });
  new HelmRelease(barman, 'plugin-barman-cloud', { chart: sources.barmanPlugin });
  return { databases: barman };
}
