import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listObjects } from '../../../src/kube/index.ts';
import { isList, isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, readyOf, says } from '../../support/reconciled.ts';

const NAMESPACE = 'restart-test';

describeWithControlPlane('a reconciler that is started again', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const KINDS = [
    ['', 'ConfigMap'],
    ['', 'Secret'],
    ['', 'Service'],
    ['', 'ServiceAccount'],
    ['', 'Event'],
    ['apps', 'Deployment'],
    ['rbac.authorization.k8s.io', 'Role'],
    ['source.toolkit.fluxcd.io', 'GitRepository'],
  ] as const;
  /** The version of each object of the namespace: another one is a write. */
  const versions = async (): Promise<Record<string, string>> => {
    const found: [string, string][] = [];
    for (const [group, kind] of KINDS) {
      const { objects } = await listObjects(cluster.client, { group, kind }, { namespace: NAMESPACE });
      for (const { metadata } of objects) found.push([`${kind}/${metadata.name}`, metadata.resourceVersion ?? '']);
    }
    return Object.fromEntries(found);
  };
  const reconciliations = ({ history }: JsonObject) => {
    const [latest] = isList(history) ? history : [];
    return isObject(latest) ? Number(latest.totalReconciliations) : 0;
  };
  const names = ['plain', 'waiting', 'dependent', 'left'];

  test('writes no object, though it goes over all of them', async () => {
    await cluster.push({
      'plain/a.yaml': configMap('plain', { key: 'value' }, local),
      'plain/b.yaml': manifest({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'plain', ...local },
        stringData: { key: 'value' },
      }),
      'plain/c.yaml': manifest({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'plain', ...local },
        spec: { selector: { app: 'plain' }, ports: [{ port: 80 }] },
      }),
      'waiting/a.yaml': manifest({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'waiting', ...local },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'waiting' } },
          template: {
            metadata: { labels: { app: 'waiting' } },
            spec: { containers: [{ name: 'main', image: 'none', resources: { requests: { cpu: '1000m' } } }] },
          },
        },
      }),
      'dependent/a.yaml': manifest({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'dependent', ...local },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
      }),
      'left/a.yaml': configMap('left', {}, { ...local, annotations: says('ssa', 'IfNotPresent') }),
    });
    await cluster.kustomization('plain');
    await cluster.kustomization('waiting', { wait: true });
    await cluster.kustomization('dependent', { dependsOn: [{ name: 'waiting' }] });
    await cluster.kustomization('left');
    const before: JsonObject[] = [];
    for (const name of names) before.push(await cluster.ready(name));
    await cluster.stop();
    const written = await versions();
    const changes = cluster.changes.length;
    await cluster.run();
    for (const [index, name] of names.entries()) {
      const known = before[index] ?? {};
      const status = await cluster.status(name, (now) => reconciliations(now) > reconciliations(known));
      expect(readyOf(status)).toBe(readyOf(known));
      expect(status.inventory).toEqual(known.inventory);
    }
    expect(await versions()).toEqual(written);
    expect(cluster.changes).toHaveLength(changes);
  });

  test('puts right what was changed, and goes on with what was pushed, while it was not there', async () => {
    await cluster.push({
      'edited/a.yaml': configMap('edited', { at: '1' }, local),
      'edited/b.yaml': configMap('pruned', {}, local),
    });
    await cluster.kustomization('edited');
    await cluster.ready('edited');
    await cluster.stop();
    await cluster.delete('ConfigMap', 'edited');
    cluster.write({ 'edited/b.yaml': undefined, 'edited/c.yaml': configMap('added', {}, local) });
    await cluster.run();
    await cluster.until('the work', async () => {
      const [edited, pruned, added] = await Promise.all(
        ['edited', 'pruned', 'added'].map((name) => cluster.get('ConfigMap', name)),
      );
      return edited !== undefined && pruned === undefined && added !== undefined;
    });
  });

  test('finishes what it was deleting', async () => {
    await cluster.push({ 'deleted/a.yaml': configMap('deleted', {}, local) });
    await cluster.kustomization('deleted');
    await cluster.ready('deleted');
    await cluster.stop();
    await cluster.delete('Kustomization', 'deleted', 'kustomize.toolkit.fluxcd.io');
    await cluster.run();
    await cluster.gone('Kustomization', 'deleted', 'kustomize.toolkit.fluxcd.io');
    expect(await cluster.get('ConfigMap', 'deleted')).toBeUndefined();
  });
});
