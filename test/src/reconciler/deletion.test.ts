import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, deleteObject, getObject, patchObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'deletion-test';
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';

describeWithControlPlane('a Kustomization that is deleted', (sandbox) => {
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

  const make = async (name: string, spec: JsonObject, metadata: JsonObject = {}) => {
    await cluster.push({ [`${name}/a.yaml`]: configMap(name, {}, { ...local, ...metadata }) });
    await cluster.kustomization(name, spec);
    await cluster.ready(name);
  };
  const remove = async (name: string) => cluster.delete('Kustomization', name, KUSTOMIZE);

  test.each([
    ['deletes its objects with deletionPolicy Delete, even with prune: false', 'Delete', false, false],
    ['leaves them with deletionPolicy Orphan, even with prune: true', 'Orphan', true, true],
    ['leaves them with deletionPolicy MirrorPrune and prune: false', 'MirrorPrune', false, true],
    ['deletes them with deletionPolicy MirrorPrune and prune: true', 'MirrorPrune', true, false],
  ])('%s', async (_title, deletionPolicy, prune, stays) => {
    const name = `${deletionPolicy.toLowerCase()}-${String(prune)}`;
    await make(name, { deletionPolicy, prune });
    await cluster.deleteKustomization(name);
    expect((await cluster.get('ConfigMap', name)) !== undefined).toBe(stays);
  });

  test('leaves them without a deletionPolicy and with prune: false', async () => {
    await make('default', { prune: false });
    await cluster.deleteKustomization('default');
    expect(await cluster.get('ConfigMap', 'default')).toBeDefined();
  });

  test('deletes them where the version that they were applied in is no longer served', async () => {
    const group = 'deletion.example.com';
    const served = (versions: readonly string[]) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
        versions: ['v1', 'v1alpha1'].map((name) => ({
          name,
          served: versions.includes(name),
          storage: name === 'v1',
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        })),
      },
    });
    await cluster.apply(served(['v1alpha1']));
    const gadget = { apiVersion: `${group}/v1alpha1`, kind: 'Gadget', metadata: { name: 'versioned', ...local } };
    await cluster.push({ 'versioned/a.yaml': manifest(gadget) });
    await cluster.kustomization('versioned', { retryInterval: '1s' });
    await cluster.ready('versioned');
    await cluster.apply(served(['v1']));
    const own = createClient(cluster.client.access, { env: {} });
    try {
      const reference = { group, version: 'v1', kind: 'Gadget', namespace: NAMESPACE, name: 'versioned' };
      const isThere = async () => (await getObject(own, reference).catch(() => undefined)) !== undefined;
      await cluster.until('version v1', isThere);
      await cluster.deleteKustomization('versioned');
      expect(await isThere()).toBe(false);
    } finally {
      own.close();
      await cluster.delete('CustomResourceDefinition', `gadgets.${group}`, 'apiextensions.k8s.io');
    }
  });

  test('with deletionPolicy WaitForTermination is there until they are gone', async () => {
    await make('awaited', { deletionPolicy: 'WaitForTermination' }, { finalizers: ['example.com/held'] });
    await remove('awaited');
    await cluster.until('the deletion', async () => {
      return (await cluster.get('ConfigMap', 'awaited'))?.metadata.deletionTimestamp !== undefined;
    });
    await cluster.until('the event', async () =>
      (await cluster.events('awaited')).some((event) => event.includes(`ConfigMap/${NAMESPACE}/awaited deleted`)),
    );
    expect(await cluster.getKustomization('awaited')).toBeDefined();
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: 'awaited' };
    await patchObject(cluster.client, reference, { metadata: { finalizers: null } }, { fieldManager: 'somebody' });
    await cluster.gone('Kustomization', 'awaited', KUSTOMIZE);
    expect(await cluster.get('ConfigMap', 'awaited')).toBeUndefined();
  });

  test('while it is suspended leaves them', async () => {
    await make('suspended', { deletionPolicy: 'Delete' });
    await cluster.kustomization('suspended', { deletionPolicy: 'Delete', suspend: true });
    await cluster.deleteKustomization('suspended');
    expect(await cluster.get('ConfigMap', 'suspended')).toBeDefined();
  });

  test('before it was ever ready is let go', async () => {
    await cluster.kustomization('never', { sourceRef: { kind: 'GitRepository', name: 'nowhere' } });
    await cluster.failed('never', 'ArtifactFailed');
    await cluster.deleteKustomization('never');
  });

  test('deletes in the reverse of the order of apply, and says so in the audit log', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
    await cluster.push({
      'ordered/a.yaml': manifest({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'ordered', ...local },
        rules,
      }),
      'ordered/b.yaml': configMap('ordered', {}, local),
      'ordered/c.yaml': manifest({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ordered', ...local } }),
    });
    await cluster.kustomization('ordered');
    await cluster.ready('ordered');
    await cluster.deleteKustomization('ordered');
    const deletions = cluster.changes.filter(
      ({ operation, kustomization }) => operation === 'deleted' && kustomization === `${NAMESPACE}/ordered`,
    );
    expect(deletions.map(({ object, cause }) => [object.kind, cause])).toEqual([
      ['ConfigMap', 'deletion'],
      ['Role', 'deletion'],
      ['ServiceAccount', 'deletion'],
    ]);
  });

  test('is there until the account that it acts as may delete them', async () => {
    await account('deleter', ['get', 'patch', 'create']);
    await make('forbidden', { serviceAccountName: 'deleter' });
    await remove('forbidden');
    await cluster.until('the event', async () =>
      (await cluster.events('forbidden')).some((event) => event.startsWith('Warning ')),
    );
    expect(await cluster.events('forbidden')).toContainEqual(
      expect.stringContaining('pruning for deleted resource failed'),
    );
    expect(await cluster.get('ConfigMap', 'forbidden')).toBeDefined();
    await account('deleter', ['get', 'patch', 'create', 'delete']);
    await cluster.gone('Kustomization', 'forbidden', KUSTOMIZE);
    expect(await cluster.get('ConfigMap', 'forbidden')).toBeUndefined();
  });

  test('leaves them where the account that it acts as is gone, and says which', async () => {
    await account('leaver', ['*']);
    await make('left', { serviceAccountName: 'leaver' });
    await deleteObject(cluster.client, { group: '', kind: 'ServiceAccount', namespace: NAMESPACE, name: 'leaver' });
    await cluster.deleteKustomization('left');
    expect(await cluster.get('ConfigMap', 'left')).toBeDefined();
    await cluster.until('the event', async () =>
      (await cluster.events('left')).some((event) =>
        event.includes(`unable to prune objects: \nConfigMap/${NAMESPACE}/left`),
      ),
    );
  });

  test('is done though somebody changes it meanwhile', async () => {
    await make('busy', { deletionPolicy: 'WaitForTermination', timeout: '1m' });
    const held = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: 'busy' };
    const finalizers = (list: readonly string[]) =>
      patchObject(cluster.client, held, { metadata: { finalizers: [...list] } }, { fieldManager: 'somebody' });
    await finalizers(['example.com/hold']);
    await cluster.delete('Kustomization', 'busy', 'kustomize.toolkit.fluxcd.io');
    await cluster.until('the deletion', async () => {
      return (await cluster.get('ConfigMap', 'busy'))?.metadata.deletionTimestamp !== undefined;
    });
    const reference = {
      group: 'kustomize.toolkit.fluxcd.io',
      kind: 'Kustomization',
      namespace: NAMESPACE,
      name: 'busy',
    };
    await patchObject(
      cluster.client,
      reference,
      { metadata: { labels: { somebody: 'was-here' } } },
      { fieldManager: 'x' },
    );
    await finalizers([]);
    await cluster.gone('Kustomization', 'busy', 'kustomize.toolkit.fluxcd.io');
  });

  async function account(name: string, verbs: readonly string[]): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    const api = 'rbac.authorization.k8s.io';
    await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    await cluster.apply({
      apiVersion: `${api}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
    });
    await cluster.apply({
      apiVersion: `${api}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    });
  }
});
