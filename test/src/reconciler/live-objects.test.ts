/** What is known of the objects of a cluster, when the cluster refuses to tell. */
import { once } from 'node:events';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LiveObjects } from '../../../src/reconciler/live-objects.ts';
import { answer, type Call, configMap, discoveryOf, fakeApi, refuse, testClient } from '../../support/fake-api.ts';

const CONFIG_MAPS = { group: '', kind: 'ConfigMap' };
const KEY = '/ConfigMap/default/a';

const stop = new AbortController();
afterAll(() => {
  stop.abort();
});

/** Follows ConfigMaps, of which there is one, until the second watch; the first is ended by the handler. */
async function follow(isServed: () => boolean, handle: (call: Call) => void) {
  let watches = 0;
  const again = new AbortController();
  const api = await fakeApi(
    (call) => {
      if (!call.url.searchParams.has('watch')) {
        answer(call, { metadata: { resourceVersion: '5' }, items: [configMap('a', '5')] });
      } else if (watches++ === 0) handle(call);
      else {
        call.response.writeHead(200).flushHeaders();
        again.abort();
      }
    },
    (path) => {
      if (path === '/apis') return discoveryOf();
      return path === '/api' ? discoveryOf(isServed() ? ['configmaps', 'ConfigMap'] : undefined) : undefined;
    },
  );
  const lost = new AbortController();
  const live = new LiveObjects(testClient(api.access), stop.signal, () => {
    lost.abort();
  });
  const told: string[] = [];
  live.listen(KEY, (object) => told.push(object === undefined ? 'gone' : 'there'));
  await live.follow(CONFIG_MAPS);
  await Promise.race([once(again.signal, 'abort'), once(lost.signal, 'abort')]);
  return { live, told };
}

describe('what is known of objects', () => {
  test.each([401, 403, 404])('stays known when the server begins to refuse with %d', async (code) => {
    const { live, told } = await follow(
      () => true,
      (call) => {
        refuse(call, code, { message: 'User "a" cannot watch resource "configmaps" in API group ""' });
      },
    );
    expect(told).toEqual(['there']);
    expect([...live.all(CONFIG_MAPS)].map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  test('is gone when the kind is', async () => {
    let isServed = true;
    const { live, told } = await follow(
      () => isServed,
      (call) => {
        isServed = false;
        refuse(call, 404, {});
      },
    );
    expect(told).toEqual(['there', 'gone']);
    expect(live.get(KEY)).toBeUndefined();
  });
});
