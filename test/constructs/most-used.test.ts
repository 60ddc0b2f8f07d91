import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { parse } from 'yaml';
import { Application, Cluster, GitRepository, HelmRelease, Namespace, OCIRepository } from '../../constructs/index.ts';
import { fileText } from '../support/cluster.ts';

/**
 * What public Flux repositories use most, counted over 41 of them, most used first: each is an option of its own, with no
 * `ApiObject`, patch or hand-written file. (`resources` of a kustomization.yaml, which are used more than all, are made.)
 */
const MOST_USED: Readonly<Record<string, unknown>> = {
  'Kustomization path': { path: './deploy' },
  'HelmRelease values': { values: { replicas: 2 } },
  'Kustomization sourceRef': { sourceRef: { kind: 'GitRepository', name: 'site' } },
  'Kustomization interval': { interval: '30m' },
  'Kustomization prune': { prune: true },
  'Kustomization wait': { wait: true },
  'Kustomization targetNamespace': { targetNamespace: 'web' },
  'HelmRelease chartRef': { chartRef: { kind: 'OCIRepository', name: 'chart', namespace: 'flux-system' } },
  'Kustomization dependsOn': { dependsOn: [{ name: 'database' }] },
  'Kustomization timeout': { timeout: '10m' },
  'Kustomization commonMetadata': { commonMetadata: { labels: { 'app.kubernetes.io/name': 'site' } } },
  'OCIRepository ref and layerSelector': {
    ref: { tag: '1.2.3', digest: `sha256:${'0'.repeat(64)}` },
    layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
  },
  'Kustomization postBuild': {
    postBuild: {
      substitute: { HOST: 'example.org' },
      substituteFrom: [{ kind: 'ConfigMap', name: 'settings', optional: true }],
    },
  },
  'Kustomization retryInterval': { retryInterval: '1m' },
  'HelmRelease remediation': {
    install: { remediation: { retries: -1 } },
    upgrade: { cleanupOnFail: true, remediation: { retries: 3 } },
  },
};

const cluster = new Cluster('test', { repository: { url: 'https://git.example.org/test.git' } });
const web = new Namespace(cluster, 'web');
const source = new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
const database = new Application(new Namespace(cluster, 'data'), 'database');
new ApiObject(database, 'filling', { apiVersion: 'v1', kind: 'ConfigMap' });
const settings = new ApiObject(cluster.flux, 'settings', {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  data: { DOMAIN: 'example.org' },
});
new Application(web, 'site', {
  source,
  path: './deploy',
  interval: '30m',
  prune: true,
  wait: true,
  targetNamespace: 'web',
  dependsOn: [database],
  timeout: '10m',
  commonMetadata: { labels: { 'app.kubernetes.io/name': 'site' } },
  postBuild: { substitute: { HOST: 'example.org' }, substituteFrom: [{ from: settings, optional: true }] },
  retryInterval: '1m',
});
const chart = new OCIRepository(cluster, 'chart', {
  url: 'oci://registry.example.org/charts/site',
  ref: { tag: '1.2.3', digest: `sha256:${'0'.repeat(64)}` },
  layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
});
const app = new Application(web, 'release');
new HelmRelease(app, 'release', {
  chart,
  values: { replicas: 2 },
  install: { remediation: { retries: -1 } },
  upgrade: { cleanupOnFail: true, remediation: { retries: 3 } },
});

const FILES: Readonly<Record<string, string>> = {
  Kustomization: 'apps/web/site/ks.yaml',
  HelmRelease: 'apps/web/release/app/helmrelease.yaml',
  OCIRepository: 'flux/repositories/oci/chart.yaml',
};

describe('the fifteen most used features', () => {
  test('are fifteen', () => {
    expect(Object.keys(MOST_USED)).toHaveLength(15);
  });

  test.each(Object.entries(MOST_USED))('%s is said by an option', (feature, expected) => {
    const [kind = ''] = feature.split(' ');
    expect(parse(fileText(cluster, FILES[kind] ?? ''))).toMatchObject({ kind, spec: expected });
  });
});
