import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patchObject, watchObjects } from '../../../src/kube/index.ts';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'drift-test';

describeWithControlPlane('what others change', (sandbox) => {
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

  const edit = async (name: string, patch: JsonObject) => {
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name };
    await patchObject(cluster.client, reference, patch, { fieldManager: 'somebody' });
  };
  const dataOf = async (name: string) => JSON.stringify((await cluster.get('ConfigMap', name))?.data);
  const drifted = (name: string) =>
    cluster.changes.filter(({ cause, object }) => cause === 'drift' && object.name === name);

  test('is put right to what a commit says that was refused in part, where the commit came to it', async () => {
    await cluster.push({ 'partly/a.yaml': configMap('partly', { at: '1' }, local) });
    await cluster.kustomization('partly');
    await cluster.ready('partly');
    await cluster.push({
      'partly/a.yaml': configMap('partly', { at: '2' }, local),
      'partly/b.yaml': configMap('Not-A-Name', {}, local),
    });
    await cluster.failed('partly', 'ReconciliationFailed');
    expect(await dataOf('partly')).toBe('{"at":"2"}');
    await edit('partly', { data: { at: 'somebody' } });
    await cluster.until('the edit', async () => (await dataOf('partly')) === '{"at":"2"}');
    await cluster.until('the audit log', () => drifted('partly').length > 0);
    expect(drifted('partly').map(({ fields }) => fields)).toEqual([['/data/at']]);
  });

  test('is put right to what the commit before said, where a commit that was refused did not come to it', async () => {
    await cluster.push({ 'before/a.yaml': configMap('before', { at: '1' }, local) });
    await cluster.kustomization('before');
    await cluster.ready('before');
    await cluster.push({
      'before/a.yaml': configMap('before', { at: '2' }, local),
      'before/b.yaml': manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'Not-A-Name' } }),
    });
    await cluster.failed('before', 'ReconciliationFailed');
    await edit('before', { data: { at: 'somebody' } });
    await cluster.until('the edit', async () => (await dataOf('before')) === '{"at":"1"}');
  });

  test('is no drift where only the status of an object changes that others have in another version', async () => {
    const autoscaler = (version: string, name: string) => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: NAMESPACE },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' }, maxReplicas: 3 },
    });
    await cluster.push({ 'newer/a.yaml': manifest(autoscaler('v2', 'newer')) });
    await cluster.kustomization('newer');
    await cluster.ready('newer');
    await cluster.push({ 'older/a.yaml': manifest(autoscaler('v1', 'older')) });
    await cluster.kustomization('older');
    await cluster.ready('older');
    const reference = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler', namespace: NAMESPACE, name: 'older' };
    const change = (patch: JsonObject, subresource?: string) =>
      patchObject(cluster.client, reference, patch, { fieldManager: 'somebody', subresource });
    const status = { currentReplicas: 1, desiredReplicas: 2 };
    for (const at of [1, 2, 3]) await change({ status: { ...status, desiredReplicas: at } }, 'status');
    await change({ spec: { maxReplicas: 9 } });
    await cluster.until('the audit log', () => drifted('older').length > 0);
    expect(drifted('older').map(({ fields }) => fields)).toEqual([['/spec/maxReplicas']]);
  });

  test('is put right while an object of the Kustomization is not well', async () => {
    const failing = manifest({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'failing', ...local },
      spec: {
        activeDeadlineSeconds: 1,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
      },
    });
    await cluster.push({ 'unwell/a.yaml': configMap('unwell', { at: '1' }, local), 'unwell/b.yaml': failing });
    await cluster.kustomization('unwell', { wait: true });
    await cluster.failed('unwell', 'HealthCheckFailed');
    await edit('unwell', { data: { at: 'somebody' } });
    await cluster.until('the edit', async () => (await dataOf('unwell')) === '{"at":"1"}');
  });

  test('that somebody makes again and again is put right ever more seldom', async () => {
    await cluster.push({ 'fought/a.yaml': configMap('fought', { at: 'git' }, local) });
    await cluster.kustomization('fought');
    await cluster.ready('fought');
    const reference = { group: '', version: 'v1', kind: 'ConfigMap' };
    const ended = AbortSignal.timeout(3000);
    const fight = async (): Promise<void> => {
      for await (const event of watchObjects(cluster.client, reference, { namespace: NAMESPACE, signal: ended })) {
        const objects = event.type === 'listed' ? event.objects : event.type === 'changed' ? [event.object] : [];
        const isAsGitSays = objects.some(
          ({ metadata, data }) => metadata.name === 'fought' && isObject(data) && data.at === 'git',
        );
        if (isAsGitSays) await edit('fought', { data: { at: 'somebody' } });
      }
    };
    await fight().catch(() => undefined);
    // After 0, 100, 200, 400, 800 and 1600 ms.
    expect(drifted('fought').length).toBeGreaterThan(1);
    expect(drifted('fought').length).toBeLessThan(12);
  });

  test('stays where git says nothing of it', async () => {
    await cluster.push({ 'added/a.yaml': configMap('added', { git: '1' }, local) });
    await cluster.kustomization('added');
    await cluster.ready('added');
    const before = drifted('added').length;
    await edit('added', {
      data: { git: '2', own: 'x' },
      metadata: { labels: { own: 'x' }, annotations: { own: 'x' } },
    });
    await cluster.until('the edit', async () => (await dataOf('added')) === '{"git":"1","own":"x"}');
    await cluster.until('the audit log', () => drifted('added').length > before);
    const metadata = (await cluster.get('ConfigMap', 'added'))?.metadata;
    expect(metadata).toMatchObject({ labels: { own: 'x' }, annotations: { own: 'x' } });
    expect(
      drifted('added')
        .slice(before)
        .flatMap(({ fields }) => fields),
    ).toEqual(['/data/git']);
  });

  test('by deleting an object that a finalizer holds is put right when the object is gone', async () => {
    await cluster.push({ 'held/a.yaml': configMap('held', {}, local) });
    await cluster.kustomization('held');
    await cluster.ready('held');
    await edit('held', { metadata: { finalizers: ['example.com/held'] } });
    const before = (await cluster.get('ConfigMap', 'held'))?.metadata.uid;
    await cluster.delete('ConfigMap', 'held');
    await edit('held', { metadata: { finalizers: null } });
    await cluster.until('the new object', async () => {
      const object = await cluster.get('ConfigMap', 'held');
      return object !== undefined && object.metadata.uid !== before;
    });
  });
});
