/** The clusters that Kustomizations name by a kubeconfig. */
import { once } from 'node:events';
import { afterAll, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../src/kube/index.ts';
import { KnownGood } from '../../../src/reconciler/known-good.ts';
import { parseKustomization } from '../../../src/reconciler/kustomization.ts';
import { LiveObjects } from '../../../src/reconciler/live-objects.ts';
import { Targets } from '../../../src/reconciler/targets.ts';
import { answer, fakeApi, refuse, testClient } from '../../support/fake-api.ts';

const CONFIG_MAPS = { group: '', kind: 'ConfigMap' };
const stop = new AbortController();
afterAll(() => {
  stop.abort();
});

function kustomization(name: string): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { namespace: 'default', name, uid: `uid-${name}`, resourceVersion: '1' },
    spec: {
      interval: '1m',
      path: './',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'source' },
      kubeConfig: { secretRef: { name: 'remote' } },
    },
  };
}

test('a cluster is left as soon as the last Kustomization has another kubeconfig for it', async () => {
  let token = 'one';
  const watches = new Map<string, Promise<unknown>>();
  const api = await fakeApi((call) => {
    if (call.url.pathname.endsWith('/secrets/remote')) {
      const kubeconfig = {
        clusters: [{ name: 'c', cluster: { server: api.access.server } }],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      };
      const data = { value: Buffer.from(JSON.stringify(kubeconfig)).toString('base64') };
      const metadata = { namespace: 'default', name: 'remote', uid: 'u' };
      answer(call, { apiVersion: 'v1', kind: 'Secret', metadata, data });
    } else if (call.url.searchParams.has('watch')) {
      call.response.writeHead(200).flushHeaders();
      watches.set(call.headers.authorization ?? '', once(call.response, 'close'));
    } else if (call.url.pathname.endsWith('/configmaps')) {
      answer(call, { metadata: { resourceVersion: '1' }, items: [] });
    } else refuse(call, 404);
  });
  const client = testClient(api.access);
  const live = new LiveObjects(client, stop.signal, () => undefined);
  const [a, b] = [kustomization('a'), kustomization('b')];
  // As a list that was asked for would have shown them.
  live.get = (key) => [a, b].find(({ metadata }) => key.endsWith(`/${metadata.name}`));
  const own = { client, live, knownGood: new KnownGood(), isImpersonated: false };
  const targets = new Targets(own, { serviceAccount: '', kubeConfigServiceAccount: '' }, stop.signal);

  const first = await targets.of(parseKustomization(a));
  expect(await targets.of(parseKustomization(b))).toBe(first);
  await first.live.follow(CONFIG_MAPS);
  while (!watches.has('Bearer one')) await new Promise((resolve) => setTimeout(resolve, 5));

  token = 'two';
  const second = await targets.of(parseKustomization(a));
  expect(second).not.toBe(first);
  // The other one still hears of drift by the first.
  await first.client.request({ method: 'GET', path: '/api/v1/configmaps', verb: 'list' });
  expect(await targets.of(parseKustomization(b))).toBe(second);
  await watches.get('Bearer one');
});
