import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { parse, parseAllDocuments } from 'yaml';
import { layTree } from '../../constructs/assemble.ts';
import {
  Alert,
  Application,
  FluxSystem,
  GitRepository,
  HelmRelease,
  HelmRepository,
  ImagePolicy,
  ImageRepository,
  Namespace,
  Provider,
  Tenant,
  type Cluster,
} from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster } from '../support/cluster.ts';

const url = 'https://git.example.org/team.git';

function lockedDown(): { cluster: Cluster; team: Tenant } {
  const cluster = testCluster();
  new FluxSystem(cluster, { lockdown: true });
  return { cluster, team: new Tenant(cluster, 'team') };
}

const codesOf = (cluster: Cluster): string[] => errorsOf(() => cluster.tree()).map(({ code }) => code);

describe('a Tenant', () => {
  test('is a namespace and an account that may do everything there, and nothing elsewhere', () => {
    const { cluster } = lockedDown();
    const files = ['namespace.yaml', 'serviceaccount-team.yaml', 'rolebinding-team-reconciler.yaml'];
    const objects = files.flatMap((file) => parseAllDocuments(fileText(cluster, `apps/team/${file}`)));
    // What Flux's `create tenant` makes (fluxcd/flux2: cmd/flux/create_tenant.go).
    const labels = { 'toolkit.fluxcd.io/tenant': 'team' };
    expect(objects.map((object) => object.toJS() as unknown)).toMatchObject([
      { kind: 'Namespace', metadata: { name: 'team', labels } },
      { kind: 'ServiceAccount', metadata: { name: 'team', namespace: 'team', labels } },
      {
        kind: 'RoleBinding',
        metadata: { name: 'team-reconciler', namespace: 'team', labels },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [
          { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'gotk:team:reconciler' },
          { kind: 'ServiceAccount', name: 'team', namespace: 'team' },
        ],
      },
    ]);
  });

  test('may be given less', () => {
    const cluster = testCluster();
    new Tenant(cluster, 'team', { clusterRole: 'edit' });
    expect(fileText(cluster, 'apps/team/rolebinding-team-reconciler.yaml')).toContain(
      'kind: ClusterRole\n  name: edit\n',
    );
  });

  test('has Applications that its account applies, from its own sources, into its namespace', () => {
    const { cluster, team } = lockedDown();
    const source = new GitRepository(team, 'apps', { url });
    new Application(team, 'apps', { source, path: './deploy' });
    expect(parse(fileText(cluster, 'apps/team/apps/ks.yaml'))).toMatchObject({
      metadata: { name: 'apps', namespace: 'team' },
      spec: {
        sourceRef: { kind: 'GitRepository', name: 'apps' },
        serviceAccountName: 'team',
        targetNamespace: 'team',
      },
    });
    expect(fileText(cluster, 'apps/team/gitrepository-apps.yaml')).toContain('namespace: team\n');
  });

  test('has releases that its account installs', () => {
    const { cluster, team } = lockedDown();
    const charts = new HelmRepository(team, 'charts', { url: 'https://charts.example.org' });
    const first = new HelmRelease(team, 'first', { chart: charts.chart('one', '1.0.0') });
    new HelmRelease(team, 'second', { chart: charts.chart('two', '1.0.0'), dependsOn: [first] });
    expect(parse(fileText(cluster, 'apps/team/helmrelease-second.yaml'))).toMatchObject({
      metadata: { namespace: 'team' },
      spec: { serviceAccountName: 'team', dependsOn: [{ name: 'first' }] },
    });
  });

  test('may wait for what the cluster’s owner runs, but not for another tenant', () => {
    const { cluster, team } = lockedDown();
    const platform = new Application(new Namespace(cluster, 'platform'), 'database');
    new ApiObject(platform, 'database', { apiVersion: 'v1', kind: 'ConfigMap' });
    const other = new Tenant(cluster, 'other');
    const source = new GitRepository(other, 'apps', { url });
    const theirs = new Application(other, 'theirs', { source, dependsOn: [platform] });
    expect(parse(fileText(cluster, 'apps/other/theirs/ks.yaml'))).toMatchObject({
      spec: { dependsOn: [{ name: 'database', namespace: 'flux-system' }] },
    });
    new Application(team, 'ours', { source: new GitRepository(team, 'apps', { url }), dependsOn: [theirs] });
    expect(codesOf(cluster)).toEqual(['synth/cross-namespace']);
  });
});

describe('a Tenant refuses', () => {
  const refused: Readonly<Record<string, [code: string, declare: (team: Tenant, cluster: Cluster) => void]>> = {
    'an Application of the cluster’s own repository': [
      'synth/tenant-source',
      (team) => new ApiObject(new Application(team, 'apps'), 'apps', { apiVersion: 'v1', kind: 'ConfigMap' }),
    ],
    'a source of the whole cluster': [
      'synth/cross-namespace',
      (team, cluster) => new Application(team, 'apps', { source: new GitRepository(cluster, 'apps', { url }) }),
    ],
    'a chart of the whole cluster': [
      'synth/cross-namespace',
      (team, cluster) => {
        const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
        new HelmRelease(team, 'one', { chart: charts.chart('one', '1.0.0') });
      },
    ],
    'an image of the whole cluster': [
      'synth/cross-namespace',
      (team, cluster) => {
        const imageRepositoryRef = new ImageRepository(cluster, 'nginx', { image: 'nginx' });
        new ImagePolicy(team, 'nginx', { imageRepositoryRef, policy: { alphabetical: {} } });
      },
    ],
    'an alert on somebody else': [
      'synth/cross-namespace',
      (team, cluster) => {
        const providerRef = new Provider(team, 'chat', { type: 'generic' });
        new Alert(team, 'all', { providerRef, eventSources: [cluster.flux.repository] });
      },
    ],
    'an object of another namespace': [
      'synth/tenant-object',
      (team) => new ApiObject(team, 'far', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default' } }),
    ],
    'an object of the whole cluster': [
      'synth/tenant-object',
      (team) => new ApiObject(team, 'role', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }),
    ],
    'a release that waits for more than releases': [
      'synth/dependency-unchecked',
      (team) => {
        const charts = new HelmRepository(team, 'charts', { url: 'https://charts.example.org' });
        new HelmRelease(team, 'one', { chart: charts.chart('one', '1.0.0'), dependsOn: [charts] });
      },
    ],
  };

  test.each(Object.keys(refused))('%s', (title) => {
    const { cluster, team } = lockedDown();
    const [code, declare] = refused[title]!;
    declare(team, cluster);
    expect(codesOf(cluster)).toEqual([code]);
  });
});

describe('lockdown', () => {
  test('refuses what Flux then would: sources of another namespace, and releases that nobody may install', () => {
    const { cluster } = lockedDown();
    const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const app = new Application(new Namespace(cluster, 'web'), 'site');
    new HelmRelease(app, 'site', { chart: charts.chart('site', '1.0.0') });
    expect(codesOf(cluster)).toEqual(['synth/cross-namespace', 'synth/no-service-account']);
  });

  test('is missed where there are tenants', () => {
    const cluster = testCluster();
    new FluxSystem(cluster);
    new Tenant(cluster, 'team');
    expect(layTree(cluster).warnings.map(({ code }) => code)).toEqual(['synth/tenant-without-lockdown']);
  });
});
