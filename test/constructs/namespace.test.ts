import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Application, Namespace } from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster, testNamespace } from '../support/cluster.ts';

describe('a Namespace', () => {
  test('is an object that Flux never prunes, and the list of its Applications', () => {
    const cluster = testCluster();
    const web = new Namespace(cluster, 'web', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    for (const name of ['zulu', 'alpha']) {
      new kplus.ConfigMap(new Application(web, name), name);
    }
    expect(fileText(cluster, 'apps/web/namespace.yaml')).toBe(`---
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    pod-security.kubernetes.io/enforce: restricted
  annotations:
    kustomize.toolkit.fluxcd.io/prune: disabled
`);
    expect(fileText(cluster, 'apps/web/kustomization.yaml')).toContain(
      'resources:\n  - ./namespace.yaml\n  - ./alpha/ks.yaml\n  - ./zulu/ks.yaml\n',
    );
    expect(fileText(cluster, 'apps/kustomization.yaml')).toContain('resources:\n  - ./web\n');
  });

  test('is pruned where its author says so', () => {
    const cluster = testCluster();
    const web = new Namespace(cluster, 'web', { prune: true });
    new kplus.ConfigMap(new Application(web, 'a'), 'a');
    expect(fileText(cluster, 'apps/web/namespace.yaml')).not.toContain('prune');
  });

  test('holds objects of its own beside its Applications', () => {
    const cluster = testCluster();
    new ApiObject(testNamespace(cluster), 'quota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      spec: { hard: { pods: '9' } },
    });
    expect(fileText(cluster, 'apps/web/resourcequota-quota.yaml')).toContain('namespace: web');
    expect(fileText(cluster, 'apps/web/kustomization.yaml')).toContain(
      '  - ./namespace.yaml\n  - ./resourcequota-quota.yaml\n',
    );
  });
});

describe('an object of any cdk8s library', () => {
  test('is named after its construct, with no hash', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const deployment = new kplus.Deployment(app, 'site', { containers: [{ image: 'nginx:1.29', portNumber: 80 }] });
    deployment.exposeViaService();
    const files = [...cluster.tree().keys()].filter((file) => file.startsWith('apps/web/site/app/'));
    expect(files.sort()).toEqual([
      'apps/web/site/app/deployment.yaml',
      'apps/web/site/app/kustomization.yaml',
      'apps/web/site/app/service-site-service.yaml',
    ]);
  });

  test('keeps the order of its author, and has the name of a list’s item first', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'site', {
      apiVersion: 'example.org/v1',
      kind: 'Thing',
      spec: { zebra: 1, apple: [{ port: 80, name: 'http' }] },
    });
    expect(fileText(cluster, 'apps/web/site/app/thing.yaml')).toContain(
      'spec:\n  zebra: 1\n  apple:\n    - name: http\n      port: 80\n',
    );
  });

  test('that is cluster-scoped gets no namespace, nor one whose author says so', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'viewer', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', rules: [] });
    new ApiObject(app, 'odd', { apiVersion: 'example.org/v1', kind: 'Odd', metadata: { namespace: '' } });
    expect(fileText(cluster, 'apps/web/site/app/clusterrole-viewer.yaml')).not.toContain('namespace');
    expect(fileText(cluster, 'apps/web/site/app/odd-odd.yaml')).not.toContain('namespace');
  });

  test('of another namespace or of a kind that shadows one of Kubernetes has both in its file’s name', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', rules: [] };
    new ApiObject(app, 'here', { ...role, metadata: { name: 'reader' } });
    new ApiObject(app, 'there', { ...role, metadata: { name: 'reader', namespace: 'kube-system' } });
    new ApiObject(app, 'knative', {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'site' },
    });
    new ApiObject(app, 'core', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'site' } });
    const files = [...cluster.tree().keys()].filter((file) => file.startsWith('apps/web/site/app/'));
    expect(files.map((file) => file.slice('apps/web/site/app/'.length)).sort()).toEqual([
      'kustomization.yaml',
      'role-reader.kube-system.yaml',
      'role-reader.yaml',
      'service.serving.knative.dev.yaml',
      'service.yaml',
    ]);
  });

  test('of kind Kustomization leaves the list of its folder alone', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'a', { apiVersion: 'example.org/v1', kind: 'Kustomization', metadata: { name: 'site' } });
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain('  - ./kustomization-site.yaml\n');
  });

  test('that stands outside of every Namespace and Application is an error', () => {
    expect(() => new kplus.ConfigMap(testCluster(), 'lost')).toThrow(/chart/);
  });

  test('made twice is one error for each, with both lines', () => {
    const cluster = testCluster();
    const web = testNamespace(cluster);
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'same' } };
    new ApiObject(new Application(web, 'one'), 'a', config);
    new ApiObject(new Application(web, 'two'), 'b', config);
    const errors = errorsOf(() => cluster.tree());
    expect(errors.map(({ code }) => code)).toEqual(['synth/same-object']);
    expect(errors[0]?.message).toMatch(
      /^Two constructs make ConfigMap\/web\/same; the other one is made in test\/constructs\/namespace\.test\.ts:\d+:\d+\.$/,
    );
    expect(errors[0]?.place.object).toBe('ConfigMap/web/same');
    expect(errors[0]?.place.source).toMatch(/^test\/constructs\/namespace\.test\.ts:\d+:\d+$/);
  });
});

describe('a name that the API server would refuse', () => {
  test('is an error with the rule and the line, and so is each other one', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'a', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not_A_Name' } });
    new ApiObject(app, 'b', { apiVersion: 'v1', kind: 'Service', metadata: { name: '9lives' } });
    const errors = errorsOf(() => cluster.tree());
    expect(errors.map(({ code, place }) => [code, place.object])).toEqual([
      ['synth/name', 'ConfigMap/web/Not_A_Name'],
      ['synth/name', 'Service/web/9lives'],
    ]);
    for (const error of errors) expect(error.place.source).toMatch(/^test\/constructs\/namespace\.test\.ts:\d+:\d+$/);
  });

  test('that is no text is an error with the line, beside all others', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'a', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 5 as unknown as string } });
    new ApiObject(app, 'b', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not_A_Name' } });
    const errors = errorsOf(() => cluster.tree());
    expect(errors.map(({ code }) => code)).toEqual(['synth/failed', 'synth/name']);
    expect(errors[0]?.place.source).toMatch(/^test\/constructs\/namespace\.test\.ts:\d+:\d+$/);
  });

  test('of RBAC may hold a colon, which its file’s name does not', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const metadata = { name: 'system:reader' };
    new ApiObject(app, 'a', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: [] });
    expect(fileText(cluster, 'apps/web/site/app/clusterrole-system_reader.yaml')).toContain('name: system:reader');
  });

  test('is not led out of the tree by a path in it', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'a', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '../../../../etc/passwd' } });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toContain('tree/path');
  });
});
