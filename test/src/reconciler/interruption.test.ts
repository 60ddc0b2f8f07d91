import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseInventory } from '../../../src/flux/index.ts';
import { listObjects } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'interruption-test';
const COUNT = 300;

describeWithControlPlane('a reconciler that ends while it applies', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };
  const made = async (): Promise<number> => {
    const selection = { namespace: NAMESPACE, labelSelector: 'of=many' };
    return (await listObjects(cluster.client, { group: '', version: 'v1', kind: 'ConfigMap' }, selection)).objects
      .length;
  };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('leaves nothing that the next one does not know, and prunes when a commit drops it', async () => {
    const many = Array.from({ length: COUNT }, (_, index) => `many-${index}`);
    const file = (name: string): [string, string] => [
      `many/${name}.yaml`,
      configMap(name, {}, { ...local, labels: { of: 'many' } }),
    ];
    await cluster.push(Object.fromEntries(many.map(file)));
    await cluster.kustomization('many');
    await cluster.until('the first of them', async () => (await made()) > 0);
    await cluster.stop();
    expect(await made()).toBeLessThan(COUNT);
    const { inventory } = (await cluster.getKustomization('many'))?.status as Record<string, never>;
    expect(parseInventory(inventory)).toHaveLength(COUNT);
    cluster.write(Object.fromEntries(many.slice(1).map((name) => [`many/${name}.yaml`, undefined])));
    await cluster.run();
    await cluster.until('the others are gone', async () => (await made()) === 1);
    const status = await cluster.ready('many');
    expect(parseInventory(status.inventory).map(({ name }) => name)).toEqual(['many-0']);
  });
});
