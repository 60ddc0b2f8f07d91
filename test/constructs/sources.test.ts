import { describe, expect, test } from '@jest/globals';
import { Application, GitRepository, HelmRelease, HelmRepository, OCIRepository } from '../../constructs/index.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';

describe('a source on the Cluster', () => {
  test('lies in the folder of its kind, in flux-system, and is listed', () => {
    const cluster = testCluster();
    new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
    new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    new OCIRepository(cluster, 'chart', { url: 'oci://registry.example.org/chart', tag: '1.2.3' });
    expect(fileText(cluster, 'flux/repositories/kustomization.yaml')).toContain('  - ./git\n  - ./helm\n  - ./oci\n');
    expect(fileText(cluster, 'flux/kustomization.yaml')).toContain(
      '  - ./apps.yaml\n  - ./config\n  - ./repositories\n',
    );
    expect(fileText(cluster, 'flux/repositories/git/site.yaml')).toContain(`kind: GitRepository
metadata:
  name: site
  namespace: flux-system
spec:
  interval: 10m
  url: https://git.example.org/site.git
  ref:
    branch: main
`);
    expect(fileText(cluster, 'flux/repositories/helm/charts.yaml')).toContain('url: https://charts.example.org');
    expect(fileText(cluster, 'flux/repositories/oci/chart.yaml')).toContain('ref:\n    tag: 1.2.3\n');
  });

  test('may follow a tag, a semver range or a commit', () => {
    const cluster = testCluster();
    new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git', ref: { semver: '>=1.0.0' } });
    expect(fileText(cluster, 'flux/repositories/git/site.yaml')).toContain('ref:\n    semver: ">=1.0.0"\n');
  });
});

describe('a source in an Application', () => {
  test('lies beside what uses it, in the same namespace', () => {
    const cluster = testCluster();
    const podinfo = new Application(testNamespace(cluster), 'podinfo');
    const chart = new OCIRepository(podinfo, 'podinfo', { url: 'oci://registry.example.org/podinfo', tag: '6.0.0' });
    new HelmRelease(podinfo, 'podinfo', { chart });
    expect(fileText(cluster, 'apps/web/podinfo/app/ocirepository.yaml')).toContain('namespace: web');
    expect(fileText(cluster, 'apps/web/podinfo/app/helmrelease.yaml')).toContain(
      'chartRef:\n    kind: OCIRepository\n    name: podinfo\n  install:',
    );
  });
});
