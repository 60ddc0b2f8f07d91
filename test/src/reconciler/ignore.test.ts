import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, isList, type JsonObject } from '../../../src/manifest/index.ts';
import { patchObject } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'ignore-test';

describeWithControlPlane('spec.ignore', (sandbox) => {
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

  const deployment = (name: string, replicas: number, image = 'one', labels: JsonObject = {}): string =>
    manifest({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels, ...local },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
      },
    });
  const ignoresReplicas = { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] };
  const spec = async (name: string): Promise<JsonObject> => {
    const object = await cluster.get('Deployment', name, 'apps');
    return isObject(object?.spec) ? object.spec : {};
  };
  const imageOf = async (name: string): Promise<unknown> => JSON.stringify((await spec(name)).template);
  /** As `kubectl scale` does it, by a client that applies nothing. */
  const scale = (name: string, replicas: number) =>
    patchObject(
      cluster.client,
      { group: 'apps', kind: 'Deployment', name, ...local },
      { spec: { replicas } },
      {
        fieldManager: 'scaler',
      },
    );
  const changesOf = (name: string) => cluster.changes.filter(({ object }) => object.name === name);
  /** Something is reconciled after what came before it. */
  const settled = async (mark: string): Promise<void> => {
    await cluster.push({ [`${mark}/a.yaml`]: configMap(mark, {}, local) });
    await cluster.kustomization(mark);
    await cluster.ready(mark);
  };
  const appliedBy = async (name: string): Promise<readonly string[]> => {
    const object = await cluster.get('Deployment', name, 'apps');
    const entries = isList(object?.metadata.managedFields) ? object.metadata.managedFields.filter(isObject) : [];
    return entries
      .filter(
        ({ fieldsV1 }) =>
          isObject(fieldsV1) && isObject(fieldsV1['f:spec']) && fieldsV1['f:spec']['f:replicas'] !== undefined,
      )
      .map(({ manager, operation }) => JSON.stringify([manager, operation]));
  };

  test('leaves a field to whoever changes it, which is no drift, and puts right the others', async () => {
    await cluster.push({ 'left/a.yaml': deployment('left', 0) });
    await cluster.kustomization('left', ignoresReplicas);
    await cluster.ready('left');
    // When it is made, it is as git says.
    expect((await spec('left')).replicas).toBe(0);
    await scale('left', 2);
    await settled('left-mark');
    expect((await spec('left')).replicas).toBe(2);
    expect(changesOf('left')).toHaveLength(1);
    const container = { template: { spec: { containers: [{ name: 'main', image: 'theirs' }] } } };
    await patchObject(
      cluster.client,
      { group: 'apps', kind: 'Deployment', name: 'left', ...local },
      { spec: container },
      { fieldManager: 'somebody' },
    );
    await cluster.until(
      'the drift to be put right',
      async () => (await imageOf('left')) !== undefined && changesOf('left').length === 2,
    );
    expect(await imageOf('left')).toContain('"image":"one"');
    expect((await spec('left')).replicas).toBe(2);
    expect(changesOf('left')[1]).toMatchObject({ operation: 'configured', cause: 'drift' });
  });

  test('keeps the value that the cluster has when another commit changes other fields', async () => {
    await cluster.push({ 'kept/a.yaml': deployment('kept', 0) });
    await cluster.kustomization('kept', ignoresReplicas);
    await cluster.ready('kept');
    await scale('kept', 3);
    await cluster.push({ 'kept/a.yaml': deployment('kept', 1, 'two') });
    await cluster.ready('kept');
    expect(await imageOf('kept')).toContain('"image":"two"');
    expect((await spec('kept')).replicas).toBe(3);
    // It is ours as before, with their value (ssa: driftAdopt).
    expect(await appliedBy('kept')).toContain('["kustomize-controller","Apply"]');
  });

  test('changes nothing where another commit changes nothing else', async () => {
    await cluster.push({ 'nothing/a.yaml': deployment('nothing', 0) });
    await cluster.kustomization('nothing', ignoresReplicas);
    await cluster.ready('nothing');
    await scale('nothing', 3);
    const generation = (await cluster.get('Deployment', 'nothing', 'apps'))?.metadata.generation;
    await cluster.push({ 'nothing/a.yaml': deployment('nothing', 7) });
    await cluster.ready('nothing');
    expect((await cluster.get('Deployment', 'nothing', 'apps'))?.metadata.generation).toBe(generation);
    expect(changesOf('nothing')).toHaveLength(1);
  });

  test('gives a field up to who applies it', async () => {
    await cluster.push({ 'shared/a.yaml': deployment('shared', 0) });
    await cluster.kustomization('shared', ignoresReplicas);
    await cluster.ready('shared');
    await cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shared', ...local }, spec: { replicas: 4 } },
      { fieldManager: 'autoscaler' },
    );
    await cluster.push({ 'shared/a.yaml': deployment('shared', 0, 'two') });
    await cluster.ready('shared');
    expect((await spec('shared')).replicas).toBe(4);
    expect(await appliedBy('shared')).toEqual(['["autoscaler","Apply"]']);
  });

  test('is for the objects that its target names alone, and for all where there is none', async () => {
    await cluster.push({
      'some/a.yaml': configMap('some-a', { key: 'git', other: 'git' }, local),
      'some/b.yaml': configMap('some-b', { key: 'git', other: 'git' }, { ...local, labels: { tier: 'web' } }),
    });
    await cluster.kustomization('some', {
      ignore: [
        { paths: ['/data/key'], target: { name: 'some-.*', labelSelector: 'tier in (web)' } },
        { paths: ['/data/other'] },
      ],
    });
    await cluster.ready('some');
    for (const name of ['some-a', 'some-b']) {
      await patchObject(
        cluster.client,
        { group: '', kind: 'ConfigMap', name, ...local },
        { data: { key: 'theirs', other: 'theirs' } },
        { fieldManager: 'somebody' },
      );
    }
    await cluster.until('the drift of the first to be put right', () => changesOf('some-a').length === 2);
    await settled('some-mark');
    expect(await cluster.get('ConfigMap', 'some-a')).toMatchObject({ data: { key: 'git', other: 'theirs' } });
    expect(await cluster.get('ConfigMap', 'some-b')).toMatchObject({ data: { key: 'theirs', other: 'theirs' } });
    expect(changesOf('some-b')).toHaveLength(1);
  });

  test('with a target that is none fails, and changes nothing', async () => {
    await cluster.push({ 'wrong/a.yaml': configMap('wrong', {}, local) });
    await cluster.kustomization('wrong', { ignore: [{ paths: ['/data/key'], target: { name: '[' } }] });
    expect(readyOf(await cluster.failed('wrong', 'ReconciliationFailed'))).toContain(
      'failed to create ignore rule selector: ',
    );
    expect(await cluster.get('ConfigMap', 'wrong')).toBeUndefined();
  });
});
