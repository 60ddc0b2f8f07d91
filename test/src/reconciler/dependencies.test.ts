import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiRequest, type KubeClient, patchObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'dependencies-test';
const ELSEWHERE = 'dependencies-test-elsewhere';

describeWithControlPlane('a Kustomization that depends on another', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  /** Is done before a request of the reconciler. */
  let before: (request: ApiRequest) => Promise<void> = () => Promise.resolve();

  beforeAll(async () => {
    const through = (client: KubeClient): KubeClient => ({
      ...client,
      request: async (request) => {
        await before(request);
        return client.request(request);
      },
    });
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder, { through });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const unmet = async (name: string, why: string) =>
    cluster.status(name, (_status, ready) => ready === `False DependencyNotReady: dependency '${NAMESPACE}/${why}`);

  test('waits while that is not well, and makes nothing', async () => {
    await cluster.push({
      'failing/a.yaml': configMap('Not-A-Name', {}, local),
      'waiting/a.yaml': configMap('waiting', {}, local),
    });
    await cluster.kustomization('failing');
    await cluster.kustomization('waiting', { dependsOn: [{ name: 'failing' }] });
    const status = await unmet('waiting', "failing' is not ready");
    expect(status.lastAttemptedRevision).toBeUndefined();
    expect(await cluster.get('ConfigMap', 'waiting')).toBeUndefined();
    await cluster.push({ 'failing/a.yaml': configMap('failing', {}, local) });
    await cluster.ready('waiting');
  });

  test('waits until that is at the commit that their source has now', async () => {
    await cluster.push({ 'behind/a.yaml': configMap('behind', {}, local) });
    const source = { kind: 'GitRepository', name: 'source', namespace: NAMESPACE };
    await elsewhere('base', source, 'main@sha1:before');
    await cluster.kustomization('behind', { dependsOn: [{ name: 'base', namespace: ELSEWHERE }] });
    await cluster.status(
      'behind',
      (_status, ready) =>
        ready === `False DependencyNotReady: dependency '${ELSEWHERE}/base' revision is not up to date`,
    );
    expect(await cluster.get('ConfigMap', 'behind')).toBeUndefined();
    await elsewhere('base', source, String(await cluster.revision()));
    await cluster.ready('behind');
  });

  test('goes on though that became ready while it said that it waits, and so listened to nobody', async () => {
    await cluster.push({
      'unheard/a.yaml': configMap('unheard', {}, local),
      'marker/a.yaml': configMap('marker', {}, local),
    });
    const source = { kind: 'GitRepository', name: 'other' };
    await elsewhere('slow', source, 'main@sha1:a', 'False');
    const said = Promise.withResolvers<undefined>();
    before = async ({ path, body }) => {
      if (!path.includes('/unheard/status') || body?.includes('DependencyNotReady') !== true) return;
      before = () => Promise.resolve();
      await elsewhere('slow', source, 'main@sha1:a');
      // What the same watch told of later was done: so it has told of that too, before the answer comes.
      await cluster.kustomization('marker');
      await cluster.ready('marker');
      said.resolve(undefined);
    };
    await cluster.kustomization('unheard', { dependsOn: [{ name: 'slow', namespace: ELSEWHERE }] });
    await said.promise;
    await cluster.ready('unheard');
  });

  test('of another source does not ask at which commit that is', async () => {
    await cluster.push({ 'apart/a.yaml': configMap('apart', {}, local) });
    await elsewhere('other', { kind: 'GitRepository', name: 'other' }, 'main@sha1:before');
    await cluster.kustomization('apart', { dependsOn: [{ name: 'other', namespace: ELSEWHERE }] });
    await cluster.ready('apart');
  });

  test('waits for a chain in its order, whichever comes first', async () => {
    const links = ['link-1', 'link-2', 'link-3', 'link-4'];
    await cluster.push(Object.fromEntries(links.map((name) => [`${name}/a.yaml`, configMap(name, {}, local)])));
    for (const [index, name] of [...links.entries()].reverse()) {
      await cluster.kustomization(name, index === 0 ? {} : { dependsOn: [{ name: `link-${index}` }] });
    }
    await cluster.ready('link-4');
    const made = cluster.changes
      .filter(({ object }) => object.name.startsWith('link-'))
      .map(({ object }) => object.name);
    expect(made).toEqual(links);
  });

  test('and that on it waits for ever, without harm to others', async () => {
    await cluster.push({
      'ring-1/a.yaml': configMap('ring-1', {}, local),
      'ring-2/a.yaml': configMap('ring-2', {}, local),
      'free/a.yaml': configMap('free', {}, local),
    });
    await cluster.kustomization('ring-1', { dependsOn: [{ name: 'ring-2' }] });
    await cluster.kustomization('ring-2', { dependsOn: [{ name: 'ring-1' }] });
    await cluster.kustomization('free');
    await cluster.ready('free');
    await unmet('ring-1', "ring-2' is not ready");
    await unmet('ring-2', "ring-1' is not ready");
    await cluster.kustomization('ring-2', { dependsOn: [] });
    await cluster.ready('ring-1');
  });

  /** A Kustomization of a namespace that nobody reconciles, as ready as the test says. */
  async function elsewhere(
    name: string,
    sourceRef: JsonObject,
    lastAppliedRevision: string,
    isReady: 'True' | 'False' = 'True',
  ): Promise<void> {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ELSEWHERE } });
    const api = 'kustomize.toolkit.fluxcd.io';
    const made = await cluster.apply({
      apiVersion: `${api}/v1`,
      kind: 'Kustomization',
      metadata: { name, namespace: ELSEWHERE },
      spec: { interval: '1h', prune: true, sourceRef },
    });
    const { generation = 1 } = made.metadata;
    const ready = {
      type: 'Ready',
      status: isReady,
      reason: 'ReconciliationSucceeded',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { observedGeneration: generation, lastAppliedRevision, conditions: [ready] };
    const reference = { group: api, kind: 'Kustomization', namespace: ELSEWHERE, name };
    await patchObject(cluster.client, reference, { status }, { fieldManager: 'test', subresource: 'status' });
  }
});
