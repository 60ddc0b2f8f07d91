/** Requests that the API server carries out, and whose answers never come. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import { parseInventory } from '../../../src/flux/index.ts';
import type { ApiRequest, KubeClient } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'lost-answers-test';

describeWithControlPlane('where the answer to an apply is lost', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  let cluster: Reconciled;
  let isLost: (request: ApiRequest) => boolean = () => false;

  beforeAll(async () => {
    const through = (client: KubeClient): KubeClient => ({
      ...client,
      request: async (request) => {
        const response = await client.request(request);
        if (!isLost(request)) return response;
        const message = 'The API server did not answer: socket hang up';
        throw new SlipwayError({ code: 'kube/connection-lost', message, exitStatus: 3 });
      },
    });
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder, { through });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const namesOf = ({ inventory }: JsonObject) => parseInventory(inventory).map(({ name }) => name);

  test('what may have been made stays in the inventory, what was refused does not, and a commit that drops both prunes', async () => {
    isLost = ({ method, path }) => method === 'PATCH' && path.includes('/configmaps/unsure?');
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'refused', ...local },
      spec: { ports: [{}] },
    };
    await cluster.push({
      'apps/kept.yaml': configMap('kept', {}, local),
      'apps/unsure.yaml': configMap('unsure', {}, local),
      'apps/refused.yaml': manifest(service),
    });
    await cluster.kustomization('apps');
    const failed = await cluster.failed('apps', 'ReconciliationFailed');
    expect(readyOf(failed)).toContain(`ConfigMap/${NAMESPACE}/unsure apply failed: The API server did not answer`);
    expect(await cluster.get('ConfigMap', 'unsure')).toBeDefined();
    expect(namesOf(failed)).toEqual(['kept', 'unsure']);

    await cluster.push({ 'apps/unsure.yaml': undefined, 'apps/refused.yaml': undefined });
    const status = await cluster.ready('apps');
    expect(namesOf(status)).toEqual(['kept']);
    expect(await cluster.get('ConfigMap', 'unsure')).toBeUndefined();
  });

  test('it is tried again, and is as it should be once an answer comes', async () => {
    isLost = ({ method, path }) => method === 'PATCH' && path.includes('/configmaps/late?');
    await cluster.push({ 'late/a.yaml': configMap('late', { key: 'value' }, local) });
    await cluster.kustomization('late');
    await cluster.failed('late', 'ReconciliationFailed');
    isLost = () => false;
    expect(namesOf(await cluster.ready('late'))).toEqual(['late']);
  });
});
