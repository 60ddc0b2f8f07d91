import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KubeClient, patchObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'drift-meanwhile-test';

describeWithControlPlane('drift', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  let cluster: Reconciled;
  /** Is done once, right before the next request that applies the object of that name. */
  let beforeApply: { readonly name: string; readonly act: () => Promise<unknown> } | undefined;

  const through = (client: KubeClient): KubeClient => ({
    ...client,
    request: async (request) => {
      const isApply = request.headers?.['content-type'] === 'application/apply-patch+yaml';
      if (isApply && beforeApply !== undefined && request.path.includes(`/${beforeApply.name}?`)) {
        const { act } = beforeApply;
        beforeApply = undefined;
        await act();
      }
      return client.request(request);
    },
  });

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder, { through });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const edit = (name: string, patch: JsonObject) =>
    patchObject(cluster.client, { group: '', kind: 'ConfigMap', name, ...local }, patch, { fieldManager: 'somebody' });
  const driftOf = (name: string) =>
    cluster.changes.filter(({ object, cause }) => object.name === name && cause === 'drift');
  const dataOf = async (name: string): Promise<unknown> => (await cluster.get('ConfigMap', name))?.data;

  test('is put right while the health of something else is waited for', async () => {
    await cluster.push({ 'waits/a.yaml': configMap('waits', { key: 'git' }, local) });
    const healthChecks = [{ apiVersion: 'v1', kind: 'Secret', name: 'never', ...local }];
    await cluster.kustomization('waits', { healthChecks, timeout: '10m' });
    await cluster.status('waits', (status) => conditionOf(status, 'Healthy').startsWith('Unknown'));
    await edit('waits', { data: { key: 'theirs' } });
    await cluster.until('the drift to be put right', () => driftOf('waits').length === 1);
    expect(await dataOf('waits')).toEqual({ key: 'git' });
    expect(driftOf('waits')).toMatchObject([{ operation: 'configured', fields: ['/data/key'] }]);
    expect(conditionOf(await cluster.status('waits', () => true), 'Healthy')).toMatch(/^Unknown/);
    await cluster.deleteKustomization('waits');
  });

  test('that nobody saw before it was put right is in the audit log too', async () => {
    await cluster.push({ 'unseen/a.yaml': configMap('unseen', { one: 'git', two: 'git' }, local) });
    await cluster.kustomization('unseen');
    await cluster.ready('unseen');
    beforeApply = { name: 'unseen', act: () => edit('unseen', { data: { two: 'theirs' } }) };
    await edit('unseen', { data: { one: 'theirs' } });
    await cluster.until('both to be told of', () => driftOf('unseen').length === 2);
    expect(await dataOf('unseen')).toEqual({ one: 'git', two: 'git' });
    expect(driftOf('unseen').map(({ fields }) => fields)).toEqual([['/data/one'], ['/data/one', '/data/two']]);
  });

  test('that nobody saw, where what was seen was none, is in the audit log', async () => {
    await cluster.push({ 'beside/a.yaml': configMap('beside', { one: 'git' }, local) });
    await cluster.kustomization('beside');
    await cluster.ready('beside');
    beforeApply = { name: 'beside', act: () => edit('beside', { data: { one: 'theirs' } }) };
    // A label of somebody else's is no drift.
    await edit('beside', { metadata: { labels: { theirs: 'yes' } } });
    await cluster.until('it to be told of', () => driftOf('beside').length === 1);
    expect(await dataOf('beside')).toEqual({ one: 'git' });
    expect(driftOf('beside')).toMatchObject([{ operation: 'configured', fields: ['/data/one'] }]);
  });
});
