/** When a lease counts as lost, by clocks that a test sets. */
import { once } from 'node:events';
import { afterEach, expect, jest, test } from '@jest/globals';
import { acquireLeases } from '../../../src/kube/index.ts';
import { answer, type Call, discoveryOf, fakeApi, refuse, testClient } from '../../support/fake-api.ts';

const DISCOVERY = new Map([
  ['/api', discoveryOf()],
  ['/apis', discoveryOf(['leases', 'Lease'], 'coordination.k8s.io')],
]);
const stop = new AbortController();

afterEach(() => {
  jest.restoreAllMocks();
  stop.abort();
});

/** A lease that was created, and is renewed as the handler answers. */
async function held(onRenewal: (call: Call) => void) {
  const api = await fakeApi(
    (call) => {
      if (call.method === 'POST') answer(call, withVersion(call.body), 201);
      else if (call.method === 'PUT') onRenewal(call);
      else if (call.url.searchParams.has('watch')) call.response.writeHead(200).flushHeaders();
      else if (call.url.pathname.endsWith('/leases')) answer(call, { metadata: { resourceVersion: '1' }, items: [] });
      else refuse(call, 404, { reason: 'NotFound', details: { name: 'one', kind: 'leases' } });
    },
    (path) => DISCOVERY.get(path),
  );
  const options = { namespace: 'default', names: ['one'], identity: 'a', retryMs: 50 };
  return acquireLeases(testClient(api.access), options);
}

function withVersion(body: string): object {
  const object = JSON.parse(body) as { metadata: object };
  return { ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion: '1' } };
}

test('a lease that was not renewed while the machine slept is lost, though the monotonic clock stood still', async () => {
  const lease = await held(() => undefined);
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now + 31_000);
  await once(lease.lost, 'abort');
  expect(lease.lost.reason).toMatchObject({ code: 'kube/lease-lost' });
});

test('a renewal counts from when it was asked for, and not from its answer', async () => {
  const start = Date.now();
  const lease = await held((call) => {
    // The answer takes longer than the lease is counted as held.
    jest.spyOn(Date, 'now').mockReturnValue(start + 31_000);
    answer(call, withVersion(call.body));
  });
  await once(lease.lost, 'abort');
  expect(lease.lost.reason).toMatchObject({ code: 'kube/lease-lost' });
});
