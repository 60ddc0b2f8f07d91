/** The leases of Flux's controllers, while the API server is slow to answer all else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  applyObject,
  createClient,
  getObject,
  type KubeClient,
  listObjects,
  loadAccess,
} from '../../../src/kube/index.ts';
import { mapOf } from '../../../src/manifest/index.ts';
import { standIn } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const NAMESPACE = 'controllers-test';
const TIMES = { durationMs: 4000, renewDeadlineMs: 3000, retryMs: 300 };

describeWithControlPlane('the leases of a reconciler', (sandbox) => {
  let direct: KubeClient;
  let client: KubeClient;
  let proxy: TcpProxy;

  beforeAll(async () => {
    const access = loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig });
    direct = createClient(access, { env: {} });
    await applyObject(
      direct,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { fieldManager: 'test' },
    );
    proxy = await startTcpProxy(access.server);
    client = createClient({ ...access, server: proxy.url }, { env: {} });
  }, 60_000);
  afterAll(() => {
    client.close();
    direct.close();
  });

  const renewedAt = async (): Promise<unknown> => {
    const reference = { group: 'coordination.k8s.io', kind: 'Lease', namespace: NAMESPACE };
    const lease = await getObject(direct, { ...reference, name: 'kustomize-controller-leader-election' });
    return mapOf(lease?.spec).renewTime;
  };

  test('are renewed over connections of their own, whatever holds up those of its other requests', async () => {
    const kind = { group: '', kind: 'ConfigMap' };
    await listObjects(client, kind);
    const others = [...proxy.connections];
    expect(others.length).toBeGreaterThan(0);
    const { signal } = new AbortController();
    const lease = await standIn(client.access, {
      ...TIMES,
      namespace: NAMESPACE,
      env: {},
      signal,
      onWaiting: () => undefined,
    });
    for (const connection of others) connection.stall();
    const waiting = new AbortController();
    const hangs = listObjects(client, kind, { signal: waiting.signal }).then(
      () => 'answered',
      () => 'given up',
    );
    const renewals = new Set<unknown>();
    // For longer than they last.
    const end = performance.now() + 2 * TIMES.durationMs;
    while (performance.now() < end && !lease.lost.aborted) {
      renewals.add(await renewedAt());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(lease.lost.aborted).toBe(false);
    expect(renewals.size).toBeGreaterThan(8);
    waiting.abort();
    expect(await hangs).toBe('given up');
    await lease.release();
  });
});
