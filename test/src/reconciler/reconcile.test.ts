import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteObject, patchObject } from '../../../src/kube/index.ts';
import { isObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'reconcile-test';

describeWithControlPlane('a Kustomization', (sandbox) => {
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

  test('makes its objects, says so in its status, and names them in its inventory', async () => {
    await cluster.push({ 'made/a.yaml': configMap('made', { key: 'value' }, local) });
    await cluster.kustomization('made');
    const status = await cluster.ready('made');
    const revision = await cluster.revision();
    expect(readyOf(status)).toBe(`True ReconciliationSucceeded: Applied revision: ${String(revision)}`);
    expect(status).toMatchObject({
      observedGeneration: 1,
      lastAttemptedRevision: revision,
      inventory: { entries: [{ id: `${NAMESPACE}_made__ConfigMap`, v: 'v1' }] },
      history: [{ lastReconciledStatus: 'ReconciliationSucceeded', totalReconciliations: 1, metadata: { revision } }],
    });
    const made = await cluster.get('ConfigMap', 'made');
    expect(made).toMatchObject({
      data: { key: 'value' },
      metadata: {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'made',
          'kustomize.toolkit.fluxcd.io/namespace': NAMESPACE,
        },
        managedFields: [{ manager: 'kustomize-controller', operation: 'Apply' }],
      },
    });
    const event = `Normal Progressing ConfigMap/${NAMESPACE}/made created`;
    await cluster.until(event, async () => (await cluster.events('made')).includes(event));
  });

  test('puts right what somebody edits, at once', async () => {
    await cluster.push({ 'edited/a.yaml': configMap('edited', { key: 'value' }, local) });
    await cluster.kustomization('edited');
    await cluster.ready('edited');
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: 'edited' };
    await patchObject(cluster.client, reference, { data: { key: 'other' } }, { fieldManager: 'somebody' });
    await cluster.until('the edit', async () => {
      const object = await cluster.get('ConfigMap', 'edited');
      return isObject(object?.data) && object.data.key === 'value';
    });
    await deleteObject(cluster.client, reference);
    await cluster.until('the deletion', async () => (await cluster.get('ConfigMap', 'edited')) !== undefined);
    const drift = () => cluster.changes.filter(({ cause, object }) => cause === 'drift' && object.name === 'edited');
    await cluster.until('the audit log', () => drift().length >= 2);
    expect(drift().map(({ operation, fields }) => [operation, fields])).toEqual([
      ['configured', ['/data/key']],
      ['created', []],
    ]);
  });

  test('deletes what a commit takes away, but not what says that it stays', async () => {
    const stays = { ...local, annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } };
    await cluster.push({
      'pruned/a.yaml': configMap('stays', {}, stays),
      'pruned/b.yaml': configMap('goes', {}, local),
      'pruned/c.yaml': configMap('kept', {}, local),
    });
    await cluster.kustomization('pruned');
    await cluster.ready('pruned');
    await cluster.push({ 'pruned/a.yaml': undefined, 'pruned/b.yaml': undefined });
    const status = await cluster.ready('pruned');
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_kept__ConfigMap`, v: 'v1' }] });
    expect(await cluster.get('ConfigMap', 'goes')).toBeUndefined();
    expect(await cluster.get('ConfigMap', 'stays')).toBeDefined();
  });

  test('waits for what it depends on, and goes on when that is ready', async () => {
    await cluster.push({
      'first/a.yaml': configMap('first', {}, local),
      'second/a.yaml': configMap('second', {}, local),
    });
    await cluster.kustomization('second', { dependsOn: [{ name: 'first' }] });
    const waiting = await cluster.status('second', (_status, ready) => ready.includes('DependencyNotReady'));
    expect(readyOf(waiting)).toMatch(`False DependencyNotReady: dependency '${NAMESPACE}/first' not found`);
    await cluster.kustomization('first');
    await cluster.ready('second');
  });

  test('with wait fails when its objects are not well in time, and a commit ends that wait', async () => {
    const deployment = (replicas: number) =>
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'unwell', ...local },
        spec: {
          replicas,
          selector: { matchLabels: { app: 'unwell' } },
          template: {
            metadata: { labels: { app: 'unwell' } },
            spec: { containers: [{ name: 'main', image: 'example.invalid/none' }] },
          },
        },
      });
    // Without nodes no pod ever runs.
    await cluster.push({ 'unwell/a.yaml': deployment(1) });
    await cluster.kustomization('unwell', { wait: true, timeout: '30s' });
    const waiting = await cluster.status('unwell', (status) => conditionOf(status, 'Healthy').startsWith('Unknown'));
    expect(conditionOf(waiting, 'Reconciling')).toMatch(
      /^True Progressing: Running health checks for revision .* 30s$/,
    );
    await cluster.push({ 'unwell/a.yaml': deployment(0) });
    const status = await cluster.ready('unwell');
    expect(conditionOf(status, 'Healthy')).toMatch(/^True Succeeded: Health check passed in /);
    expect(conditionOf(status, 'Reconciling')).toBe('');
  });

  test('with an object that is refused makes the others of its stage, and knows them', async () => {
    await cluster.push({
      'refused/a.yaml': configMap('good', {}, local),
      'refused/b.yaml': configMap('Not-A-Name', {}, local),
    });
    await cluster.kustomization('refused');
    const status = await cluster.status('refused', (_status, ready) => ready.startsWith('False'));
    expect(readyOf(status)).toMatch(
      new RegExp(`^False ReconciliationFailed: ConfigMap/${NAMESPACE}/Not-A-Name apply failed \\(Invalid\\): `),
    );
    expect(conditionOf(status, 'Reconciling')).toMatch(/^True ProgressingWithRetry: /);
    expect(await cluster.get('ConfigMap', 'good')).toBeDefined();
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_good__ConfigMap`, v: 'v1' }] });
  });

  test('that is deleted deletes its objects', async () => {
    await cluster.push({ 'deleted/a.yaml': configMap('deleted', {}, local) });
    await cluster.kustomization('deleted');
    await cluster.ready('deleted');
    await deleteObject(cluster.client, {
      group: 'kustomize.toolkit.fluxcd.io',
      kind: 'Kustomization',
      namespace: NAMESPACE,
      name: 'deleted',
    });
    await cluster.until('the deletion', async () => (await cluster.getKustomization('deleted')) === undefined);
    expect(await cluster.get('ConfigMap', 'deleted')).toBeUndefined();
  });

  test('that is suspended changes nothing, and goes on when it is resumed', async () => {
    await cluster.push({ 'suspended/a.yaml': configMap('suspended', { at: '1' }, local) });
    await cluster.kustomization('suspended');
    await cluster.ready('suspended');
    await cluster.kustomization('suspended', { suspend: true });
    await cluster.push({ 'suspended/a.yaml': configMap('suspended', { at: '2' }, local) });
    await cluster.kustomization('made');
    await cluster.ready('made');
    expect(await cluster.get('ConfigMap', 'suspended')).toMatchObject({ data: { at: '1' } });
    await cluster.kustomization('suspended', { suspend: false });
    await cluster.ready('suspended');
    expect(await cluster.get('ConfigMap', 'suspended')).toMatchObject({ data: { at: '2' } });
  });

  test('of a commit that changes nothing writes nothing but its status', async () => {
    await cluster.push({ 'same/a.yaml': configMap('same', {}, local) });
    await cluster.kustomization('same', { wait: true });
    await cluster.ready('same');
    const before = await cluster.get('ConfigMap', 'same');
    // Events are written behind everything else.
    await cluster.until('the last event', async () => (await cluster.events('same')).join().includes('Health check'));
    const events = await cluster.events('same');
    await cluster.push({ 'other/a.yaml': configMap('other', {}, local) });
    await cluster.ready('same');
    expect(await cluster.get('ConfigMap', 'same')).toEqual(before);
    expect(await cluster.events('same')).toEqual(events);
  });

  test('answers to a request of `flux reconcile`', async () => {
    await cluster.push({ 'asked/a.yaml': configMap('asked', {}, local) });
    await cluster.kustomization('asked');
    await cluster.ready('asked');
    const kind = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' };
    await cluster.request(kind, 'asked');
    const status = await cluster.status('asked', ({ lastHandledReconcileAt }) => lastHandledReconcileAt !== undefined);
    expect(status.history).toMatchObject([{ totalReconciliations: 2 }]);
  });
});
