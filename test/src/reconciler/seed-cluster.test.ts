/** What a bootstrap makes beside a reconciler that is at work. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, type KubeClient, loadAccess } from '../../../src/kube/index.ts';
import { seedCluster } from '../../../src/reconciler/index.ts';
import { LiveObjects } from '../../../src/reconciler/live-objects.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';

const NAME = 'seed-test';

describeWithControlPlane('seeds of a cluster', (sandbox) => {
  const stop = new AbortController();
  let client: KubeClient;

  beforeAll(() => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
  });
  afterAll(() => {
    stop.abort();
    client.close();
  });

  test('are known before any watch tells of them, so that the reconciler never looks as if it had nothing to do', async () => {
    const { signal } = stop;
    // Watches begin, and tell nothing.
    const silent: KubeClient = { ...client, stream: () => new Promise(() => undefined) };
    const live = new LiveObjects(silent, signal, () => undefined);
    const seed = (data: Record<string, string>) => [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace: 'default' }, data },
    ];
    await live.follow({ group: '', version: 'v1', kind: 'ConfigMap' });
    const data = () => live.get(`/ConfigMap/default/${NAME}`)?.data;
    expect(data()).toBeUndefined();
    await seedCluster(client, seed({ key: 'value' }), { signal, live });
    expect(data()).toEqual({ key: 'value' });
    await seedCluster(client, seed({ key: 'other' }), { signal, live });
    expect(data()).toEqual({ key: 'other' });
  });
});
