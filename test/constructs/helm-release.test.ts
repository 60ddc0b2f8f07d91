import { describe, expect, test } from '@jest/globals';
import { ApiObject, JsonPatch, Lazy } from 'cdk8s';
import { Application, GitRepository, HelmRelease, HelmRepository, Namespace } from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster, testNamespace } from '../support/cluster.ts';

function withRelease(declare: (app: Application, repository: HelmRepository) => void): string {
  const cluster = testCluster();
  const repository = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
  declare(new Application(testNamespace(cluster), 'podinfo'), repository);
  return fileText(cluster, 'apps/web/podinfo/app/helmrelease.yaml');
}

describe('a HelmRelease', () => {
  test('names its chart, tries again when it fails, and writes values in the order of their author', () => {
    const text = withRelease((app, repository) => {
      new HelmRelease(app, 'podinfo', {
        chart: repository.chart('podinfo', '6.0.0'),
        values: { zebra: 1, ingress: { enabled: true }, apple: null, on: 'yes' },
      });
    });
    expect(text).toBe(`---
# yaml-language-server: $schema=https://k8s-schemas.home-operations.com/helm.toolkit.fluxcd.io/helmrelease_v2.json
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
  namespace: web
spec:
  interval: 1h
  chart:
    spec:
      chart: podinfo
      version: 6.0.0
      sourceRef:
        kind: HelmRepository
        name: charts
        namespace: flux-system
  install:
    remediation:
      retries: 3
  upgrade:
    cleanupOnFail: true
    remediation:
      retries: 3
      strategy: rollback
  values:
    zebra: 1
    ingress:
      enabled: true
    apple: null
    "on": "yes"
`);
  });

  test('of a chart in a git repository is rebuilt on every commit', () => {
    const text = withRelease((app) => {
      const repository = new GitRepository(app, 'charts', { url: 'https://git.example.org/charts.git' });
      new HelmRelease(app, 'podinfo', { chart: repository.chart('./charts/podinfo') });
    });
    expect(text).toContain('chart: ./charts/podinfo\n      reconcileStrategy: Revision\n');
  });

  test('waits for other releases and reads values from ConfigMaps and Secrets, all by construct', () => {
    const text = withRelease((app, repository) => {
      const chart = repository.chart('x', '1.0.0');
      const first = new HelmRelease(app, 'first', { chart });
      const from = new ApiObject(app, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', data: {} });
      new HelmRelease(app, 'podinfo', { chart, dependsOn: [first], valuesFrom: [{ from, targetPath: 'a.b' }] });
    });
    expect(text).toContain('dependsOn:\n    - name: first\n');
    expect(text).toContain('valuesFrom:\n    - kind: ConfigMap\n      name: settings\n      targetPath: a.b\n');
  });

  test('may hold values that are known late', () => {
    const text = withRelease((app, repository) => {
      const late = Lazy.any({ produce: () => ({ host: 'example.org' }) }) as unknown;
      new HelmRelease(app, 'podinfo', { chart: repository.chart('x', '1.0.0'), values: { late } });
    });
    expect(text).toContain('late:\n      host: example.org\n');
  });

  test('may be patched, and may hold tokens and any key', () => {
    const text = withRelease((app, repository) => {
      const token: unknown = Lazy.any({ produce: () => 'resolved' });
      const values = { token, left: undefined, ...(JSON.parse('{"__proto__": {"a": 1}}') as object) };
      const release = new HelmRelease(app, 'podinfo', { chart: repository.chart('x', '1.0.0'), values });
      release.addJsonPatch(JsonPatch.add('/spec/suspend', true), JsonPatch.replace('/spec/interval', '5m'));
    });
    expect(text).toContain('interval: 5m\n');
    expect(text).toContain('  suspend: true\n');
    expect(text).toContain('  values:\n    token: resolved\n    __proto__:\n      a: 1\n');
  });

  test('with values that hold themselves is an error', () => {
    const cluster = testCluster();
    const repository = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const values: Record<string, unknown> = {};
    values.self = values;
    const app = new Application(testNamespace(cluster), 'podinfo');
    new HelmRelease(app, 'podinfo', { chart: repository.chart('x', '1.0.0'), values });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/not-data']);
  });

  test('waits for a release of another namespace by its namespace', () => {
    const cluster = testCluster();
    const repository = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const chart = repository.chart('x', '1.0.0');
    const first = new HelmRelease(new Application(new Namespace(cluster, 'data'), 'first'), 'first', { chart });
    new HelmRelease(new Application(testNamespace(cluster), 'second'), 'second', { chart, dependsOn: [first] });
    expect(fileText(cluster, 'apps/web/second/app/helmrelease.yaml')).toContain(
      'dependsOn:\n    - name: first\n      namespace: data\n',
    );
  });

  test('with values that YAML cannot hold is an error that names the field and the line', () => {
    const cluster = testCluster();
    const repository = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const app = new Application(testNamespace(cluster), 'podinfo');
    new HelmRelease(app, 'podinfo', { chart: repository.chart('x', '1.0.0'), values: { at: [new Date(0)] } });
    const [error] = errorsOf(() => cluster.tree());
    expect([error?.code, error?.message]).toEqual([
      'synth/not-data',
      '/spec/values/at/0 holds a Date, which YAML cannot hold.',
    ]);
    expect(error?.place.source).toMatch(/^test\/constructs\/helm-release\.test\.ts:\d+:\d+$/);
  });
});
