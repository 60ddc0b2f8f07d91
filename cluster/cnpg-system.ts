import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** The PostgreSQL operator. Each database is declared beside the app that uses it. */
export function cnpgSystem(cluster: Cluster, sources: Sources, { longhorn }: { longhorn: Application }) {
  const namespace = new Namespace(cluster, 'cnpg-system');
  const cloudnativePg = new Application(namespace, 'cloudnative-pg', { dependsOn: [longhorn] });
  new HelmRelease(cloudnativePg, 'cloudnative-pg', {
    chart: sources.cloudnativePg,
    values: {
      crds: { create: true },
      monitoring: { podMonitorEnabled: true, grafanaDashboard: { create: true } },
    },
  });
  return { cloudnativePg };
}
