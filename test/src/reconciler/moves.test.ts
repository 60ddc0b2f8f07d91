import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, says } from '../../support/reconciled.ts';

const NAMESPACE = 'moves-test';
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';

describeWithControlPlane('what a commit moves', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  let cluster: Reconciled;

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const map = (name: string): string => configMap(name, {}, local);
  const uidOf = async (name: string): Promise<unknown> => (await cluster.get('ConfigMap', name))?.metadata.uid;
  const deletionsOf = (name: string) =>
    cluster.changes.filter(({ operation, object }) => operation === 'deleted' && object.name === name);

  test('from a Kustomization to one that depends on it, and so comes after, is not made anew', async () => {
    await cluster.push({ 'first/a.yaml': map('first'), 'first/b.yaml': map('moved'), 'second/a.yaml': map('second') });
    await cluster.kustomization('first');
    await cluster.kustomization('second', { dependsOn: [{ name: 'first' }] });
    await cluster.ready('second');
    const uid = await uidOf('moved');
    await cluster.push({ 'first/b.yaml': undefined, 'second/b.yaml': map('moved') });
    await cluster.ready('second');
    expect(await uidOf('moved')).toBe(uid);
    expect((await cluster.get('ConfigMap', 'moved'))?.metadata.labels).toMatchObject(says('name', 'second'));
    expect(deletionsOf('moved')).toEqual([]);
  });

  test('to one that never comes to it is deleted once that one does not want it either', async () => {
    await cluster.push({ 'giver/a.yaml': map('giver'), 'giver/b.yaml': map('promised'), 'taker/a.yaml': map('taker') });
    await cluster.kustomization('giver');
    await cluster.ready('giver');
    await cluster.kustomization('taker', { dependsOn: [{ name: 'nowhere' }] });
    await cluster.push({ 'giver/b.yaml': undefined, 'taker/b.yaml': map('promised') });
    await cluster.ready('giver');
    expect(await uidOf('promised')).toBeDefined();
    await cluster.push({ 'taker/b.yaml': undefined });
    await cluster.ready('giver');
    await cluster.gone('ConfigMap', 'promised');
  });

  test('to a Kustomization of another name is not made anew', async () => {
    const child = (name: string): string =>
      manifest({
        apiVersion: `${KUSTOMIZE}/v1`,
        kind: 'Kustomization',
        metadata: { name, ...local },
        spec: { path: './child', prune: true, interval: '10m', sourceRef: { kind: 'GitRepository', name: 'source' } },
      });
    await cluster.push({ 'child/a.yaml': map('kept'), 'parent/a.yaml': child('old-name') });
    await cluster.kustomization('parent');
    await cluster.ready('old-name');
    const uid = await uidOf('kept');
    await cluster.push({ 'parent/a.yaml': child('new-name') });
    await cluster.gone('Kustomization', 'old-name', KUSTOMIZE);
    await cluster.ready('new-name');
    expect(await uidOf('kept')).toBe(uid);
    expect((await cluster.get('ConfigMap', 'kept'))?.metadata.labels).toMatchObject(says('name', 'new-name'));
    expect(deletionsOf('kept')).toEqual([]);
    await cluster.push({ 'parent/a.yaml': map('instead') });
    await cluster.gone('Kustomization', 'new-name', KUSTOMIZE);
    await cluster.gone('ConfigMap', 'kept');
  });

  test('and is wanted by one that is suspended, or leaves it alone, is deleted', async () => {
    await cluster.push({
      'loses/a.yaml': map('loses'),
      'loses/b.yaml': map('wanted-by-suspended'),
      'loses/c.yaml': map('left-alone'),
      'suspended/a.yaml': map('suspended'),
      'leaves/a.yaml': map('leaves'),
    });
    await cluster.kustomization('loses');
    await cluster.kustomization('suspended', { suspend: true });
    await cluster.kustomization('leaves', { dependsOn: [{ name: 'nowhere' }] });
    await cluster.ready('loses');
    const annotations: JsonObject = says('ssa', 'Ignore');
    await cluster.push({
      'loses/b.yaml': undefined,
      'loses/c.yaml': undefined,
      'suspended/b.yaml': map('wanted-by-suspended'),
      'leaves/b.yaml': configMap('left-alone', {}, { ...local, annotations }),
    });
    await cluster.ready('loses');
    await cluster.gone('ConfigMap', 'wanted-by-suspended');
    await cluster.gone('ConfigMap', 'left-alone');
  });

  test('Kustomizations that are deleted together go in the order of their dependencies, whichever is deleted first', async () => {
    const names = ['base', 'middle', 'top'];
    await cluster.push(Object.fromEntries(names.map((name) => [`${name}/a.yaml`, map(name)])));
    await cluster.kustomization('base');
    await cluster.kustomization('middle', { dependsOn: [{ name: 'base' }] });
    await cluster.kustomization('top', { dependsOn: [{ name: 'middle' }] });
    await cluster.ready('top');
    for (const name of names) await cluster.delete('Kustomization', name, KUSTOMIZE);
    for (const name of names) await cluster.gone('Kustomization', name, KUSTOMIZE);
    const deleted = cluster.changes.filter(
      ({ operation, object }) => operation === 'deleted' && names.includes(object.name),
    );
    expect(deleted.map(({ object }) => object.name)).toEqual(['top', 'middle', 'base']);
  });

  test('a Kustomization that others depend on which stay is deleted as it is', async () => {
    await cluster.push({ 'alone/a.yaml': map('alone'), 'stays/a.yaml': map('stays') });
    await cluster.kustomization('alone');
    await cluster.kustomization('stays', { dependsOn: [{ name: 'alone' }] });
    await cluster.ready('stays');
    await cluster.deleteKustomization('alone');
    expect(await uidOf('alone')).toBeUndefined();
    expect(await uidOf('stays')).toBeDefined();
  });

  test('Kustomizations that depend on each other, and are deleted together, go', async () => {
    await cluster.push({ 'ring-a/a.yaml': map('ring-a'), 'ring-b/a.yaml': map('ring-b') });
    await cluster.kustomization('ring-a', { dependsOn: [{ name: 'ring-b' }] });
    await cluster.kustomization('ring-b', { dependsOn: [{ name: 'ring-a' }] });
    await cluster.failed('ring-b', 'DependencyNotReady');
    await cluster.delete('Kustomization', 'ring-a', KUSTOMIZE);
    await cluster.deleteKustomization('ring-b');
    await cluster.gone('Kustomization', 'ring-a', KUSTOMIZE);
  });
});
