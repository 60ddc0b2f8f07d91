/** Leases against client-go's leader election, as kube-controller-manager and Flux's controllers have it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  acquireLeases,
  applyObject,
  createClient,
  deleteObject,
  getObject,
  type KubeClient,
  loadAccess,
  patchObject,
  watchObjects,
} from '../../../src/kube/index.ts';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { findSandboxProgram } from '../../../src/sandbox/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';

const NAMESPACE = 'kube-lease-test';
const LEASE = { group: 'coordination.k8s.io', kind: 'Lease' };
const PATIENCE_MS = 60_000;
/** The same as its peer in the tests has it: seconds instead of Flux's half minute. */
const TIMES = { durationMs: 4000, renewDeadlineMs: 3000, retryMs: 500 };

describeWithControlPlane('a lease', (sandbox) => {
  let client: KubeClient;
  const peers: ChildProcess[] = [];

  beforeAll(async () => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
    await applyObject(
      client,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { fieldManager: 'test' },
    );
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const peer of peers) await kill(peer);
    client.close();
  });

  const options = (name: string, identity: string) => ({ ...TIMES, namespace: NAMESPACE, names: [name], identity });

  async function spec(name: string): Promise<JsonObject> {
    const lease = await getObject(client, { ...LEASE, namespace: NAMESPACE, name });
    return isObject(lease?.spec) ? lease.spec : {};
  }

  async function untilHolder(name: string, matches: (holder: string) => boolean): Promise<void> {
    for await (const event of watchObjects(client, LEASE, {
      namespace: NAMESPACE,
      fieldSelector: `metadata.name=${name}`,
    })) {
      const objects = event.type === 'listed' ? event.objects : [event.object];
      const holders = objects.map((object) => (isObject(object.spec) ? object.spec.holderIdentity : undefined));
      if (holders.some((holder) => typeof holder === 'string' && matches(holder))) return;
    }
  }

  /** A program of client-go that wants the lease, and does nothing with it. */
  function startPeer(name: string): ChildProcess {
    const program = findSandboxProgram('kube-controller-manager', process.env);
    const peer = spawn(
      program!,
      [
        `--kubeconfig=${sandbox().kubeconfig}`,
        '--secure-port=0',
        '--controllers=bootstrapsigner',
        '--leader-elect=true',
        `--leader-elect-resource-name=${name}`,
        `--leader-elect-resource-namespace=${NAMESPACE}`,
        '--leader-elect-lease-duration=4s',
        '--leader-elect-renew-deadline=3s',
        '--leader-elect-retry-period=500ms',
      ],
      { stdio: 'ignore' },
    );
    peers.push(peer);
    return peer;
  }

  async function kill(peer: ChildProcess): Promise<void> {
    if (peer.exitCode !== null || peer.signalCode !== null) return;
    const ended = once(peer, 'exit');
    peer.kill('SIGKILL');
    await ended;
  }

  test('is held by one, and goes to the next when it is given back', async () => {
    const first = await acquireLeases(client, options('two', 'a'));
    expect(await spec('two')).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 4, leaseTransitions: 0 });
    const waitsFor: string[] = [];
    const second = acquireLeases(client, {
      ...options('two', 'b'),
      retryMs: 60_000,
      onWaiting: (_name, holder) => waitsFor.push(holder),
    });
    while (waitsFor.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await first.release();
    const held = await second;
    expect(waitsFor).toEqual(['a']);
    expect(await spec('two')).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await held.release();
    expect(await spec('two')).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(first.lost.aborted || held.lost.aborted).toBe(false);
  });

  test('is not waited for any longer than one wants', async () => {
    const held = await acquireLeases(client, options('given-up', 'a'));
    const stop = new AbortController();
    const waiting = acquireLeases(client, {
      ...options('given-up', 'b'),
      signal: stop.signal,
      onWaiting: () => {
        stop.abort(new Error('enough'));
      },
    });
    await expect(waiting).rejects.toThrow('enough');
    await held.release();
  });

  test('is renewed, also when somebody else wrote to it, and lost when somebody else took it', async () => {
    const held = await acquireLeases(client, options('contested', 'a'));
    const before = await spec('contested');
    const reference = { ...LEASE, namespace: NAMESPACE, name: 'contested' };
    await patchObject(client, reference, { metadata: { labels: { touched: 'yes' } } }, { fieldManager: 'test' });
    while ((await spec('contested')).renewTime === before.renewTime)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held.lost.aborted).toBe(false);
    const lost = once(held.lost, 'abort');
    const theirs = { holderIdentity: 'thief', renewTime: new Date().toISOString().replace('Z', '000Z') };
    await patchObject(client, reference, { spec: theirs }, { fieldManager: 'test' });
    await lost;
    expect(held.lost.reason).toMatchObject({
      code: 'kube/lease-lost',
      message: expect.stringContaining('thief took it'),
    });
    await held.release();
    expect((await spec('contested')).holderIdentity).toBe('thief');
  });

  test('is taken together with others, or none of them is', async () => {
    const theirs = await acquireLeases(client, options('both-2', 'a'));
    const waitsFor: (readonly [string, string])[] = [];
    const both = acquireLeases(client, {
      ...options('', 'b'),
      names: ['both-1', 'both-2'],
      onWaiting: (name, holder) => waitsFor.push([name, holder]),
    });
    while (waitsFor.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 2 * TIMES.retryMs));
    expect(waitsFor).toEqual([['both-2', 'a']]);
    expect(await spec('both-1')).toEqual({});
    await theirs.release();
    const held = await both;
    expect([(await spec('both-1')).holderIdentity, (await spec('both-2')).holderIdentity]).toEqual(['b', 'b']);
    const lost = once(held.lost, 'abort');
    const thief = { holderIdentity: 'thief', renewTime: new Date().toISOString().replace('Z', '000Z') };
    const reference = { ...LEASE, namespace: NAMESPACE, name: 'both-1' };
    await patchObject(client, reference, { spec: thief }, { fieldManager: 'test' });
    await lost;
    await held.release();
    expect([(await spec('both-1')).holderIdentity, (await spec('both-2')).holderIdentity]).toEqual(['thief', '']);
  });

  test('is lost when it can no longer be renewed', async () => {
    let blocked = false;
    const own = createClient(client.access, { env: {} });
    const held = await acquireLeases(
      { ...own, request: (request) => (blocked ? new Promise(() => undefined) : own.request(request)) },
      options('cut-off', 'a'),
    );
    const lost = once(held.lost, 'abort');
    blocked = true;
    await lost;
    expect(held.lost.reason).toMatchObject({ code: 'kube/lease-lost' });
    own.close();
  });

  test(
    'goes to and fro between this client and client-go: given back, held against, and run out',
    async () => {
      const held = await acquireLeases(client, options('peer', 'slipway'));
      const peer = startPeer('peer');
      // Longer than the lease lasts without renewal: the peer respects ours.
      const renewals = new Set<unknown>();
      while (renewals.size < 12) {
        const { holderIdentity, renewTime } = await spec('peer');
        expect(holderIdentity).toBe('slipway');
        renewals.add(renewTime);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await held.release();
      await untilHolder('peer', (holder) => holder !== '' && holder !== 'slipway');

      const waitsFor: string[] = [];
      const again = acquireLeases(client, {
        ...options('peer', 'slipway-2'),
        onWaiting: (_name, holder) => waitsFor.push(holder),
      });
      while (waitsFor.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const { renewTime } = await spec('peer');
      while ((await spec('peer')).renewTime === renewTime) await new Promise((resolve) => setTimeout(resolve, 50));
      await kill(peer);
      const taken = await again;
      expect(await spec('peer')).toMatchObject({ holderIdentity: 'slipway-2', leaseTransitions: 2 });
      await taken.release();
      await deleteObject(client, { ...LEASE, namespace: NAMESPACE, name: 'peer' });
    },
    PATIENCE_MS,
  );
});
