import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { Application, GitRepository, Namespace } from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster, testNamespace } from '../support/cluster.ts';

const object = (scope: Application, name: string) =>
  new ApiObject(scope, name, { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } });

describe('an Application', () => {
  test('is a Flux Kustomization that applies the folder of what is declared in it', () => {
    const cluster = testCluster();
    const podinfo = new Application(testNamespace(cluster), 'podinfo');
    object(podinfo, 'podinfo');
    expect(fileText(cluster, 'apps/web/podinfo/ks.yaml')).toBe(`---
# yaml-language-server: $schema=https://k8s-schemas.home-operations.com/kustomize.toolkit.fluxcd.io/kustomization_v1.json
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: podinfo
  namespace: flux-system
spec:
  path: ./kubernetes/apps/web/podinfo/app
  sourceRef:
    kind: GitRepository
    name: test
  interval: 1h
  retryInterval: 2m
  timeout: 5m
  prune: true
  wait: true
`);
    expect(fileText(cluster, 'apps/web/podinfo/app/kustomization.yaml')).toContain(
      'resources:\n  - ./configmap.yaml\n',
    );
    expect(fileText(cluster, 'apps/web/podinfo/app/configmap.yaml')).toContain('namespace: web');
  });

  test('waits for the Applications that it is given', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    const database = new Application(new Namespace(cluster, 'data'), 'database');
    object(database, 'database');
    const site = new Application(web, 'site', { dependsOn: [database] });
    object(site, 'site');
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain('spec:\n  dependsOn:\n    - name: database\n');
  });

  test('takes every field of a Kustomization, over its own defaults', () => {
    const cluster = testCluster();
    const site = new Application(testNamespace(cluster), 'site', {
      prune: false,
      interval: '10m',
      suspend: true,
      targetNamespace: 'web',
      postBuild: { substitute: { HOST: 'example.org' } },
      commonMetadata: { labels: { team: 'web' } },
    });
    object(site, 'site');
    const text = fileText(cluster, 'apps/web/site/ks.yaml');
    for (const line of [
      'spec:\n  suspend: true\n  targetNamespace: web\n  path:',
      'prune: false',
      'interval: 10m',
      'HOST: example.org',
      'team: web',
    ]) {
      expect(text).toContain(line);
    }
  });

  test('may take its manifests from another repository, and then has no folder', () => {
    const cluster = testCluster();
    const source = new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
    new Application(testNamespace(cluster), 'site', { source, path: './deploy' });
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain(
      'path: ./deploy\n  sourceRef:\n    kind: GitRepository\n    name: site\n',
    );
    expect([...cluster.tree().keys()].filter((file) => file.startsWith('apps/web/site/'))).toEqual([
      'apps/web/site/ks.yaml',
    ]);
  });

  test('names the namespace of a source that lies elsewhere', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    const source = new GitRepository(web, 'site', { url: 'https://git.example.org/site.git' });
    new Application(web, 'site', { source });
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain(
      'sourceRef:\n    kind: GitRepository\n    name: site\n    namespace: web\n',
    );
  });

  test('with manifests of another repository cannot hold objects too', () => {
    const cluster = testCluster();
    const source = new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
    object(new Application(testNamespace(cluster), 'site', { source }), 'site');
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/remote-application']);
  });

  test('that holds nothing is an error, since kustomize builds nothing from it', () => {
    const cluster = testCluster();
    new Application(testNamespace(cluster), 'site');
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/empty-application']);
  });

  test('added to a cluster changes only its own files and the list of its namespace', () => {
    const before = testCluster();
    object(new Application(testNamespace(before), 'one'), 'one');
    const after = testCluster();
    const web = testNamespace(after);
    object(new Application(web, 'one'), 'one');
    object(new Application(web, 'another'), 'another');
    const old = before.tree();
    const changed = [...after.tree()].filter(
      ([file, { content }]) => !content.every((byte, at) => old.get(file)?.content[at] === byte),
    );
    expect(changed.map(([file]) => file).sort()).toEqual([
      'apps/web/another/app/configmap.yaml',
      'apps/web/another/app/kustomization.yaml',
      'apps/web/another/ks.yaml',
      'apps/web/kustomization.yaml',
    ]);
  });

  test('that waits for itself through others is an error that shows the way round', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    const dependencies: Application[] = [];
    const one = new Application(web, 'one', { dependsOn: dependencies });
    const two = new Application(web, 'two', { dependsOn: [one] });
    dependencies.push(two);
    object(one, 'one');
    object(two, 'two');
    const [error] = errorsOf(() => cluster.tree());
    expect([error?.code, error?.message]).toEqual([
      'synth/dependency-cycle',
      'Applications wait for each other: one → two → one.',
    ]);
    expect(error?.place.source).toMatch(/^test\/constructs\/application\.test\.ts:\d+:\d+$/);
  });

  test('may be the last of a chain of a thousand', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    let previous: Application | undefined;
    for (let index = 0; index < 1000; index += 1) {
      previous = new Application(web, `app-${index}`, { dependsOn: previous ? [previous] : [] });
      object(previous, `app-${index}`);
    }
    expect(cluster.tree().size).toBeGreaterThan(3000);
  });
});
