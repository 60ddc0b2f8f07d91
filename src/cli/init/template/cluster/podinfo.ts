import { Application, HelmRelease, Namespace, type Cluster } from 'slipway';
import type { Sources } from './sources.ts';

/** A small web page, to see that all works. Each namespace has a file like this one. */
export function podinfo(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'podinfo');
  const podinfo = new Application(namespace, 'podinfo');
  new HelmRelease(podinfo, 'podinfo', {
    chart: sources.podinfo,
    values: {
      replicaCount: 1,
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    },
  });
  return { podinfo };
}
