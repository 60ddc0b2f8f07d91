import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  Application,
  ArtifactGenerator,
  GitRepository,
  HelmChart,
  HelmRelease,
  HelmRepository,
  Namespace,
  OCIRepository,
} from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster, testNamespace } from '../support/cluster.ts';

const secret = (scope: Application | Namespace, name = 'credentials') =>
  new ApiObject(scope, name, { apiVersion: 'v1', kind: 'Secret' });

describe('a reference', () => {
  test('is the construct of the object, of any library', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const settings = new kplus.ConfigMap(app, 'settings', { data: { 'values.yaml': 'a: 1' } });
    const account = new kplus.ServiceAccount(app, 'helm');
    const chart = new OCIRepository(app, 'site', { url: 'oci://registry.example.org/site', secretRef: secret(app) });
    new HelmRelease(app, 'site', { chart, valuesFrom: [{ from: settings }], serviceAccountName: account });
    expect(fileText(cluster, 'apps/web/site/app/ocirepository.yaml')).toContain('secretRef:\n    name: credentials\n');
    const release = fileText(cluster, 'apps/web/site/app/helmrelease.yaml');
    expect(release).toContain('serviceAccountName: helm\n');
    expect(release).toContain('valuesFrom:\n    - kind: ConfigMap\n      name: settings\n');
  });

  test('to what is made outside of the tree is as Flux writes it', () => {
    const cluster = testCluster();
    new GitRepository(cluster, 'site', { url: 'ssh://git@example.org/site.git', secretRef: { name: 'deploy-key' } });
    expect(fileText(cluster, 'flux/repositories/git/site.yaml')).toContain('secretRef:\n    name: deploy-key\n');
  });

  test('to an object where Flux would not look for it is an error that says where it is and where it should be', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git', secretRef: secret(app) });
    const [error] = errorsOf(() => cluster.tree());
    expect([error?.code, error?.message]).toEqual([
      'synth/reference',
      '/spec/secretRef refers to Secret/credentials in namespace web, and Flux looks for it in flux-system, the namespace of the GitRepository.',
    ]);
    expect(error?.place.source).toMatch(/^test\/constructs\/references\.test\.ts:\d+:\d+$/);
  });

  test('to an object of another kind is an error', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const settings = new kplus.ConfigMap(app, 'settings');
    new OCIRepository(app, 'site', { url: 'oci://registry.example.org/site', secretRef: settings });
    expect(errorsOf(() => cluster.tree()).map(({ message }) => message)).toEqual([
      '/spec/secretRef refers to a Secret, and is given ConfigMap/settings.',
    ]);
  });

  test('to a construct that is no object is an error', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new OCIRepository(app, 'site', {
      url: 'oci://registry.example.org/site',
      secretRef: cluster.repositories('git'),
    });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/no-object']);
  });

  test('of values or substitutions to anything but a ConfigMap or a Secret is an error, as is one of another namespace', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site', {
      postBuild: { substituteFrom: [{ from: secret(testNamespaceOf(cluster, 'elsewhere')) }] },
    });
    const chart = new OCIRepository(app, 'site', { url: 'oci://registry.example.org/site' });
    new HelmRelease(app, 'site', { chart, valuesFrom: [{ from: chart }] });
    expect(errorsOf(() => cluster.tree()).map(({ message }) => message)).toEqual([
      '/spec/postBuild/substituteFrom/0 refers to Secret/credentials in namespace elsewhere, and Flux looks for it in flux-system, the namespace of the Kustomization.',
      '/spec/valuesFrom/0 reads from a ConfigMap or a Secret, and is given OCIRepository/site.',
    ]);
  });
});

function testNamespaceOf(cluster: ReturnType<typeof testCluster>, name: string): Namespace {
  return new Namespace(cluster, name);
}

describe('an Application', () => {
  test('that has health checks of its own does not wait for everything, since Flux would ignore them', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    const other = new Application(web, 'other');
    const role = new ApiObject(other, 'reader', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' });
    const app = new Application(web, 'site', { healthChecks: [role, secret(other)] });
    secret(app, 'own');
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain(`  wait: false
  healthChecks:
    - apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      name: reader
    - apiVersion: v1
      kind: Secret
      name: credentials
      namespace: web
`);
  });

  test('may take one of the artifacts that a generator makes', () => {
    const cluster = testCluster();
    const mono = new GitRepository(cluster, 'mono', { url: 'https://git.example.org/mono.git' });
    const parts = new ArtifactGenerator(cluster, 'parts', {
      sources: { mono },
      artifacts: [{ name: 'site', copy: [{ from: '@mono/site/**', to: '@artifact/' }] }],
    });
    new Application(testNamespace(cluster), 'site', { source: parts.artifact('site') });
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain(
      'path: ./\n  sourceRef:\n    kind: ExternalArtifact\n    name: site\n  interval',
    );
    expect(fileText(cluster, 'flux/repositories/generator/parts.yaml')).toContain(`spec:
  sources:
    - alias: mono
      kind: GitRepository
      name: mono
`);
    expect(errorsOf(() => parts.artifact('sight')).map(({ code }) => code)).toEqual(['synth/no-artifact']);
  });
});

describe('a HelmChart', () => {
  test('of a repository of another namespace is an error: it cannot name one', () => {
    const cluster = testCluster();
    const sourceRef = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const app = new Application(testNamespace(cluster), 'site');
    new HelmChart(app, 'site', { chart: 'site', sourceRef });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/reference']);
  });

  test('on the Cluster may be the chart of many releases', () => {
    const cluster = testCluster();
    const sourceRef = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const chart = new HelmChart(cluster, 'site', { chart: 'site', version: '1.x', sourceRef });
    new HelmRelease(new Application(testNamespace(cluster), 'site'), 'site', { chart });
    expect(fileText(cluster, 'flux/repositories/chart/site.yaml')).toContain('sourceRef:\n    kind: HelmRepository\n');
    expect(fileText(cluster, 'apps/web/site/app/helmrelease.yaml')).toContain(
      'chartRef:\n    kind: HelmChart\n    name: site\n    namespace: flux-system\n',
    );
  });
});
