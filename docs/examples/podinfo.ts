/** Flux's own example app: a Helm repository in the app's namespace, a release that retries until it works, a route. */
import { Application, Cluster, HelmRelease, HelmRepository, Namespace } from '../../constructs/index.ts';

export const cluster = new Cluster('staging', { repository: { url: 'https://git.example.org/fleet/staging.git' } });

const namespace = new Namespace(cluster, 'podinfo', { labels: { 'toolkit.fluxcd.io/tenant': 'dev-team' } });
const podinfo = new Application(namespace, 'podinfo', { interval: '10m' });

const charts = new HelmRepository(podinfo, 'podinfo', {
  url: 'https://stefanprodan.github.io/podinfo',
  interval: '5m',
});

new HelmRelease(podinfo, 'podinfo', {
  chart: charts.chart('podinfo', '6.x'),
  interval: '50m',
  releaseName: 'podinfo',
  install: { strategy: { name: 'RetryOnFailure' } },
  upgrade: { strategy: { name: 'RetryOnFailure' } },
  values: {
    redis: { enabled: true, repository: 'public.ecr.aws/docker/library/redis', tag: '8.6.2' },
    httpRoute: {
      enabled: true,
      parentRefs: [{ name: 'envoy', namespace: 'envoy-gateway-system', sectionName: 'http' }],
      hostnames: ['podinfo.local'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
    },
  },
});
