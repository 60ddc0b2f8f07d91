import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ApiObject, Chart } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { Application, Cluster, explainCluster, GitRepository, Namespace } from '../../constructs/index.ts';
import { errorsOf } from '../support/cluster.ts';

const make = (directory: string): Cluster =>
  new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, directory });

describe('a Cluster', () => {
  test.each(['../elsewhere', '/kubernetes', '.', '', 'a/../../b', '.git/hooks'])(
    'cannot have its tree in %j, outside of the project or of a folder',
    (directory) => {
      expect(errorsOf(() => make(directory)).map(({ code, exitStatus }) => [code, exitStatus])).toEqual([
        ['synth/directory', 2],
      ]);
    },
  );

  test('may have its tree in a folder of a folder, and names that to Flux', () => {
    const cluster = make('clusters/home');
    expect(cluster.pathInRepository('apps')).toBe('./clusters/home/apps');
    const text = Buffer.from(cluster.tree().get('flux/config/cluster.yaml')?.content ?? []).toString();
    expect(text).toContain('path: ./clusters/home/flux\n');
    expect(text).toContain('ignore: |\n    /*\n    !/clusters\n    /clusters/*\n    !/clusters/home\n');
  });

  test('refuses an object in a chart that has no place in the tree', () => {
    const cluster = make('kubernetes');
    new ApiObject(new Chart(cluster, 'plain'), 'lost', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'lost' },
    });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/outside']);
  });

  test('has no name of its own that a namespace could not have too', () => {
    const cluster = make('kubernetes');
    new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
    for (const name of ['flux-config', 'git-repositories', 'helm-repositories', 'flux-notifications']) {
      new ConfigMap(new Application(new Namespace(cluster, name), `app-${name}`), name);
    }
    expect(errorsOf(() => cluster.tree())).toEqual([]);
  });

  test('refuses a file where another needs a folder, and names that differ in case alone', () => {
    const cluster = make('kubernetes');
    const web = new Namespace(cluster, 'web');
    new ConfigMap(new Application(web, 'namespace.yaml'), 'config');
    const app = new Application(web, 'app');
    new ApiObject(app, 'a', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'Reader' } });
    new ApiObject(app, 'b', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' } });
    const clashes = errorsOf(() => cluster.tree()).filter(({ code }) => code === 'tree/same-file');
    expect(clashes.map(({ message }) => message)).toEqual([
      'The file apps/web/namespace.yaml stands where apps/web/namespace.yaml/ks.yaml needs a folder.',
      'The file apps/web/namespace.yaml stands where apps/web/namespace.yaml/app/configmap-config.yaml needs a folder.',
      'The file apps/web/namespace.yaml stands where apps/web/namespace.yaml/app/kustomization.yaml needs a folder.',
      'The files apps/web/app/app/role-Reader.yaml and apps/web/app/app/role-reader.yaml differ in case alone.',
    ]);
    for (const { place } of clashes) expect(place.source).toMatch(/^test\/constructs\/cluster\.test\.ts:\d+:\d+$/);
  });

  test('explains the files that hold no object, as it does objects', () => {
    const cluster = make('kubernetes');
    new ConfigMap(new Application(new Namespace(cluster, 'web'), 'site'), 'config');
    const kustomization = (file: string): string[] =>
      explainCluster(cluster, file, '/').map((one) => `${one.object} ${one.constructPath} ${one.kustomization}`);
    expect(kustomization('apps/web/site/app/kustomization.yaml')).toEqual([
      'kustomization.yaml web/site flux-system/site',
    ]);
    expect(kustomization('apps/web/kustomization.yaml')).toEqual(['kustomization.yaml web flux-system/cluster-apps']);
    expect(kustomization('flux/kustomization.yaml')).toEqual(['kustomization.yaml test flux-system/cluster']);
    expect(kustomization('flux/config/cluster.yaml')).toHaveLength(2);
    expect(kustomization('apps/nothing.yaml')).toEqual([]);
  });

  test('explains a file by its path in the tree or from where the user stands', () => {
    const cluster = make('kubernetes');
    new ConfigMap(new Application(new Namespace(cluster, 'web'), 'site'), 'config');
    const tree = path.join(cluster.project, cluster.directory);
    for (const [query, cwd] of [
      ['apps/web/site/ks.yaml', '/'],
      ['site/ks.yaml', path.join(tree, 'apps/web')],
      ['kubernetes/apps/web/site/ks.yaml', cluster.project],
      [path.join(tree, 'apps/web/site/ks.yaml'), '/'],
    ] as const) {
      expect(explainCluster(cluster, query, cwd).map(({ object }) => object)).toEqual([
        'Kustomization/flux-system/site',
      ]);
    }
  });

  test('restores the environment that it changes to keep the order of keys', () => {
    const cluster = make('kubernetes');
    delete process.env.CDK8S_DISABLE_SORT;
    cluster.tree();
    expect(process.env.CDK8S_DISABLE_SORT).toBeUndefined();
    process.env.CDK8S_DISABLE_SORT = 'mine';
    cluster.tree();
    expect(process.env.CDK8S_DISABLE_SORT).toBe('mine');
    delete process.env.CDK8S_DISABLE_SORT;
  });
});
