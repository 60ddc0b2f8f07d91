import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patchObject } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, readyOf, says } from '../../support/reconciled.ts';

const NAMESPACE = 'apply-modes-test';

describeWithControlPlane('an object says how it is applied', (sandbox) => {
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

  const edit = async (name: string, data: Record<string, string>, fieldManager = 'somebody') => {
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name };
    return patchObject(cluster.client, reference, { data }, { fieldManager });
  };
  /** Once it has gone over all objects of a Kustomization again. */
  const again = async (name: string) => {
    await cluster.push({ 'revision/a.yaml': configMap('revision', { of: `${name} ${Math.random()}` }, local) });
    return cluster.ready(name);
  };

  test.each([
    ['reconcile', 'disabled', 'annotations'],
    ['reconcile', 'Disabled', 'labels'],
    ['ssa', 'Ignore', 'annotations'],
    ['ssa', 'ignore', 'labels'],
  ])('with %s: %s in its %s it is not made, and is in the inventory', async (name, value, map) => {
    const folderName = `not-made-${name}-${map}`;
    await cluster.push({ [`${folderName}/a.yaml`]: configMap(folderName, {}, { ...local, [map]: says(name, value) }) });
    await cluster.kustomization(folderName);
    const status = await cluster.ready(folderName);
    expect(await cluster.get('ConfigMap', folderName)).toBeUndefined();
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_${folderName}__ConfigMap`, v: 'v1' }] });
  });

  test.each([
    ['reconcile', 'disabled'],
    ['ssa', 'Ignore'],
  ])('with %s: %s in the cluster alone it stays as somebody made it', async (name, value) => {
    const object = `left-alone-${name}`;
    await cluster.push({ [`${object}/a.yaml`]: configMap(object, { key: 'git' }, local) });
    await cluster.kustomization(object);
    await cluster.ready(object);
    const reference = { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name: object };
    const patch = { metadata: { annotations: says(name, value) }, data: { key: 'somebody' } };
    await patchObject(cluster.client, reference, patch, { fieldManager: 'somebody' });
    await again(object);
    expect(await cluster.get('ConfigMap', object)).toMatchObject({ data: { key: 'somebody' } });
  });

  test('with ssa: IfNotPresent it is made, and is then left to others', async () => {
    const metadata = { ...local, annotations: says('ssa', 'IfNotPresent') };
    await cluster.push({ 'once/a.yaml': configMap('once', { key: 'first' }, metadata) });
    await cluster.kustomization('once');
    await cluster.ready('once');
    expect(await cluster.get('ConfigMap', 'once')).toMatchObject({ data: { key: 'first' } });
    await edit('once', { key: 'somebody' });
    await cluster.push({ 'once/a.yaml': configMap('once', { key: 'second' }, metadata) });
    const status = await cluster.ready('once');
    expect(await cluster.get('ConfigMap', 'once')).toMatchObject({ data: { key: 'somebody' } });
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_once__ConfigMap`, v: 'v1' }] });
    await cluster.delete('ConfigMap', 'once');
    await again('once');
    await cluster.until('the object that is made anew', async () => {
      const object = await cluster.get('ConfigMap', 'once');
      return object !== undefined && JSON.stringify(object.data) === '{"key":"second"}';
    });
  });

  test('with ssa: Merge the fields that people add by kubectl stay; without it they go', async () => {
    await cluster.push({
      'merge/a.yaml': configMap('merged', { git: '1' }, { ...local, annotations: says('ssa', 'Merge') }),
      'merge/b.yaml': configMap('overridden', { git: '1' }, local),
    });
    await cluster.kustomization('merge');
    await cluster.ready('merge');
    await edit('merged', { git: '2', extra: 'x' }, 'kubectl-edit');
    await edit('overridden', { git: '2', extra: 'x' }, 'kubectl-edit');
    await cluster.until('the edit', async () => {
      const [merged, overridden] = await Promise.all(
        ['merged', 'overridden'].map((name) => cluster.get('ConfigMap', name)),
      );
      return (
        JSON.stringify(merged?.data) === '{"extra":"x","git":"1"}' && JSON.stringify(overridden?.data) === '{"git":"1"}'
      );
    });
  });

  test('what git no longer says goes, and what another manager says stays', async () => {
    const deployment = (metadata: object, spec: object) =>
      manifest({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'scaled', ...local, ...metadata },
        spec: {
          selector: { matchLabels: { app: 'scaled' } },
          template: {
            metadata: { labels: { app: 'scaled' } },
            spec: { containers: [{ name: 'main', image: 'none' }] },
          },
          ...spec,
        },
      });
    await cluster.push({ 'scaled/a.yaml': deployment({ labels: { team: 'a' } }, { minReadySeconds: 7 }) });
    await cluster.kustomization('scaled');
    await cluster.ready('scaled');
    const reference = { group: 'apps', kind: 'Deployment', namespace: NAMESPACE, name: 'scaled' };
    await patchObject(cluster.client, reference, { spec: { replicas: 0 } }, { fieldManager: 'autoscaler' });
    await cluster.push({ 'scaled/a.yaml': deployment({}, {}) });
    await cluster.ready('scaled');
    const scaled = await cluster.get('Deployment', 'scaled', 'apps');
    expect(scaled).toMatchObject({ spec: { replicas: 0 } });
    expect(scaled?.spec).not.toMatchObject({ minReadySeconds: 7 });
    expect(scaled?.metadata.labels).not.toHaveProperty('team');
  });

  test('with a Secret in stringData it is applied as data, and a key that git drops goes', async () => {
    const secret = (stringData: Record<string, string>) =>
      manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'text', ...local }, stringData });
    await cluster.push({ 'secret/a.yaml': secret({ kept: 'one', dropped: 'two' }) });
    await cluster.kustomization('secret');
    await cluster.ready('secret');
    await cluster.push({ 'secret/a.yaml': secret({ kept: 'one' }) });
    const status = await cluster.ready('secret');
    expect(readyOf(status)).toContain('True');
    expect((await cluster.get('Secret', 'text'))?.data).toEqual({ kept: 'b25l' });
  });

  test('with a field that its kind does not have it is refused, and the field is named', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'misspelt', ...local }, dta: { key: '1' } };
    await cluster.push({ 'misspelt/a.yaml': manifest(object) });
    await cluster.kustomization('misspelt');
    const status = await cluster.failed('misspelt', 'ReconciliationFailed');
    expect(readyOf(status)).toContain('.dta: field not declared in schema');
  });
});
