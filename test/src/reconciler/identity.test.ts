import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteObject, getObject, patchObject } from '../../../src/kube/index.ts';
import { readDocument } from '../../../src/manifest/index.ts';
import { DEFAULT_POLICY } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'identity-test';
const REMOTE = 'identity-test-remote';
const RBAC = 'rbac.authorization.k8s.io';

describeWithControlPlane('a Kustomization acts', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: REMOTE } });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const account = async (name: string) =>
    cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, ...local } });
  const allow = async (name: string, verbs: readonly string[]) => {
    const metadata = { name, ...local };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs }];
    await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules });
    await cluster.apply({
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, ...local }],
    });
  };
  const user = (name: string) => `User "system:serviceaccount:${NAMESPACE}:${name}"`;

  test('as the service account that it names: what that may not do is refused, with the verb, until it may', async () => {
    await account('tenant');
    await cluster.push({ 'tenant/a.yaml': configMap('tenant', {}, local) });
    await cluster.kustomization('tenant', { serviceAccountName: 'tenant' });
    const status = await cluster.failed('tenant', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`ConfigMap/${NAMESPACE}/tenant apply failed (Forbidden): `);
    expect(readyOf(status)).toContain(`${user('tenant')} cannot patch resource "configmaps" in API group ""`);
    expect(await cluster.get('ConfigMap', 'tenant')).toBeUndefined();
    await allow('tenant', ['get', 'create', 'patch', 'delete']);
    await cluster.ready('tenant');
    expect(await cluster.get('ConfigMap', 'tenant')).toBeDefined();
  });

  test('as that account when it looks at the health of what that may not read, which it does not wait for in vain', async () => {
    await account('blind');
    await allow('blind', ['get', 'create', 'patch', 'delete']);
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'unseen', ...local } });
    await cluster.push({ 'blind/a.yaml': configMap('blind', {}, local) });
    await cluster.kustomization('blind', {
      serviceAccountName: 'blind',
      healthChecks: [{ apiVersion: 'v1', kind: 'Secret', name: 'unseen', ...local }],
    });
    await cluster.status('blind', (status) => conditionOf(status, 'Healthy').startsWith('Unknown'));
    const rules = [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'patch'] }];
    await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'blind', ...local }, rules });
    await cluster.ready('blind');
  });

  test('as that account when it asks for health in a version that there is not: nothing of the object is told', async () => {
    await account('prying');
    await allow('prying', ['get', 'create', 'patch', 'delete']);
    const data = { password: Buffer.from('hunter2').toString('base64') };
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pried', ...local }, data });
    await cluster.push({ 'prying/a.yaml': configMap('prying', {}, local) });
    await cluster.kustomization('prying', {
      serviceAccountName: 'prying',
      healthChecks: [{ apiVersion: 'v9', kind: 'Secret', name: 'pried', ...local }],
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'Secret', current: 'true', failed: 'data.password != ""' }],
    });
    await cluster.status('prying', (status) => conditionOf(status, 'Healthy').startsWith('Unknown'));
  });

  test('as that account from the moment that it is named: what was applied before says nothing of its rights', async () => {
    await account('powerless');
    await cluster.push({ 'powerless/a.yaml': configMap('powerless', {}, local) });
    await cluster.kustomization('powerless');
    await cluster.ready('powerless');
    await cluster.kustomization('powerless', { serviceAccountName: 'powerless' });
    expect(readyOf(await cluster.failed('powerless', 'ReconciliationFailed'))).toContain(user('powerless'));
  });

  test('as that account where it leaves alone what is there, and so tells nobody that it is', async () => {
    await account('curious');
    const metadata = { labels: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }, namespace: REMOTE };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'secretive', namespace: REMOTE } });
    await cluster.push({ 'curious/a.yaml': configMap('secretive', {}, metadata) });
    await cluster.kustomization('curious', { serviceAccountName: 'curious' });
    expect(readyOf(await cluster.failed('curious', 'ReconciliationFailed'))).toContain('cannot get resource');
  });

  test('as that account alone: to name the object of another keeps no object that the other drops', async () => {
    await account('grabbing');
    await cluster.push({
      'giving/a.yaml': configMap('kept', {}, local),
      'giving/b.yaml': configMap('grabbed', {}, local),
      'grabbing/b.yaml': configMap('grabbed', {}, local),
    });
    await cluster.kustomization('giving');
    await cluster.ready('giving');
    await cluster.kustomization('grabbing', { serviceAccountName: 'grabbing' });
    await cluster.failed('grabbing', 'ReconciliationFailed');
    await cluster.push({ 'giving/b.yaml': undefined });
    await cluster.gone('ConfigMap', 'grabbed');
  });

  test('as that account only where that may: nothing in another namespace', async () => {
    await account('inside');
    await allow('inside', ['get', 'create', 'patch', 'delete']);
    await cluster.push({
      'inside/a.yaml': configMap('inside', {}, local),
      'inside/b.yaml': configMap('outside', {}, { namespace: REMOTE }),
    });
    await cluster.kustomization('inside', { serviceAccountName: 'inside' });
    const status = await cluster.failed('inside', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`ConfigMap/${REMOTE}/outside apply failed (Forbidden): `);
    expect(
      await getObject(cluster.client, { group: '', kind: 'ConfigMap', namespace: REMOTE, name: 'outside' }),
    ).toBeUndefined();
  });

  test('as that account when it prunes and when it puts drift right', async () => {
    await account('careful');
    await allow('careful', ['get', 'create', 'patch']);
    await cluster.push({
      'careful/a.yaml': configMap('careful', { key: 'git' }, local),
      'careful/b.yaml': configMap('careful-pruned', {}, local),
    });
    await cluster.kustomization('careful', { serviceAccountName: 'careful' });
    await cluster.ready('careful');
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: 'careful' };
    await patchObject(cluster.client, reference, { data: { key: 'somebody' } }, { fieldManager: 'somebody' });
    await cluster.until('the edit', async () => {
      return JSON.stringify((await cluster.get('ConfigMap', 'careful'))?.data) === '{"key":"git"}';
    });
    await cluster.push({ 'careful/b.yaml': undefined });
    const status = await cluster.failed('careful', 'PruneFailed');
    expect(readyOf(status)).toContain(`${user('careful')} cannot delete resource "configmaps"`);
    expect(await cluster.get('ConfigMap', 'careful-pruned')).toBeDefined();
    await allow('careful', ['get', 'create', 'patch', 'delete']);
    await cluster.ready('careful');
    expect(await cluster.get('ConfigMap', 'careful-pruned')).toBeUndefined();
  });

  test('on the cluster of the kubeconfig that it names, once that is there', async () => {
    await cluster.push({ 'remote/a.yaml': configMap('remote', { key: 'git' }, { namespace: REMOTE }) });
    await cluster.kustomization('remote', { kubeConfig: { secretRef: { name: 'remote' } }, retryInterval: '1s' });
    const status = await cluster.failed('remote', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`unable to read KubeConfig secret '${NAMESPACE}/remote'`);
    const secret = (data: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'remote', ...local },
      data,
    });
    await cluster.apply(secret({ other: 'eA==' }));
    await cluster.status('remote', (_status, ready) =>
      ready.includes("does not contain a 'value' or 'value.yaml' key"),
    );
    await cluster.apply(secret({ value: fs.readFileSync(sandbox().kubeconfig).toString('base64') }));
    await cluster.ready('remote');
    const reference = { group: '', kind: 'ConfigMap', namespace: REMOTE, name: 'remote' };
    expect(await getObject(cluster.client, reference)).toMatchObject({ data: { key: 'git' } });
    await deleteObject(cluster.client, reference);
    await cluster.until('the drift', async () => (await getObject(cluster.client, reference)) !== undefined);
    await cluster.deleteKustomization('remote');
    expect(await getObject(cluster.client, reference)).toBeUndefined();
  });

  test('on the cluster that a ConfigMap names, by tokens of an account of its namespace', async () => {
    const { clusters } = readDocument(fs.readFileSync(sandbox().kubeconfig))?.value as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    };
    const { server, 'certificate-authority-data': authority } = clusters[0]!.cluster;
    const data = {
      provider: 'generic',
      address: server,
      'ca.crt': Buffer.from(authority, 'base64').toString(),
      serviceAccountName: 'federated',
      // What this API server takes for itself.
      audiences: '\nhttps://kubernetes.default.svc\n  unused\n',
    };
    const name = (more: Record<string, string | undefined>) =>
      cluster.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'federated', ...local },
        data: { ...data, ...more },
      });
    const said = (words: string) => cluster.status('federated', (_status, ready) => ready.includes(words));
    await cluster.push({ 'federated/a.yaml': configMap('federated-made', { key: 'git' }, local) });
    await cluster.kustomization('federated', {
      kubeConfig: { configMapRef: { name: 'federated' } },
      retryInterval: '1s',
    });
    await said(`failed to build kube client: failed to get configmap ${NAMESPACE}/federated`);
    await name({ provider: 'aws' });
    await said('failed to build kube client: Slipway does not carry out the provider aws');
    await name({ address: server.replace('https', 'http') });
    await said('must use https scheme');
    await name({ serviceAccountName: undefined });
    await said('Slipway has no service account of its own');
    await name({});
    await said(
      `failed to create kubernetes token for service account '${NAMESPACE}/federated': serviceaccounts "federated" not found`,
    );
    await account('federated');
    await said(`${user('federated')} cannot get resource "configmaps"`);
    await allow('federated', ['get', 'list', 'watch', 'create', 'patch', 'delete']);
    await cluster.ready('federated');
    expect((await cluster.get('ConfigMap', 'federated-made'))?.data).toEqual({ key: 'git' });
    // Without audiences it is for the address, which this server does not take.
    await name({ audiences: undefined });
    await cluster.push({ 'federated/a.yaml': configMap('federated-made', { key: 'other' }, local) });
    await said('Unauthorized');
  });

  test('on no cluster whose kubeconfig names files or programs of this machine', async () => {
    const program = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'a', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch' } } }],
    });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'program', ...local },
      data: { value: Buffer.from(program).toString('base64') },
    });
    await cluster.push({ 'program/a.yaml': configMap('program', {}, { namespace: REMOTE }) });
    await cluster.kustomization('program', { kubeConfig: { secretRef: { name: 'program' } } });
    const status = await cluster.failed('program', 'ReconciliationFailed');
    expect(readyOf(status)).toContain('failed to build kube client: ');
    expect(readyOf(status)).toContain('It names a program to run');
  });
});

describeWithControlPlane('a Kustomization that names no account acts as the default one', (sandbox) => {
  const folder = temporaryFolder();
  const namespace = 'identity-test-default';
  let cluster: Reconciled;

  beforeAll(async () => {
    const policy = { ...DEFAULT_POLICY, kubeConfigServiceAccount: 'federated' };
    cluster = await Reconciled.start(sandbox(), namespace, folder, { defaultServiceAccount: 'tenant', policy });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('of its own namespace', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tenant', namespace } });
    await cluster.push({ 'default/a.yaml': configMap('default', {}, { namespace }) });
    await cluster.kustomization('default');
    const status = await cluster.failed('default', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`User "system:serviceaccount:${namespace}:tenant" cannot patch`);
  });

  test('of its own namespace for the token of another cluster', async () => {
    const data = { provider: 'generic', address: '127.0.0.1:1' };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace }, data });
    await cluster.push({ 'other/a.yaml': configMap('other-made', {}, { namespace }) });
    await cluster.kustomization('other', { kubeConfig: { configMapRef: { name: 'other' } } });
    const status = await cluster.failed('other', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(
      `failed to create kubernetes token for service account '${namespace}/federated': serviceaccounts "federated" not found`,
    );
  });
});
