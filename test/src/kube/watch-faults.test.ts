import { describe, expect, test } from '@jest/globals';
import { watchObjects, type WatchEvent, type WatchOptions } from '../../../src/kube/index.ts';
import {
  answer,
  type Call,
  configMap,
  discoveryOf,
  fakeApi,
  refuse,
  reset,
  testClient,
} from '../../support/fake-api.ts';

const CONFIG_MAPS = { group: '', kind: 'ConfigMap' };

/** The events of a watch until there are as many as wanted, as short text, and what the server was asked. */
async function watch(
  count: number,
  handle: (call: Call, watches: number) => void,
  onInterruption?: WatchOptions['onInterruption'],
) {
  let lists = 0;
  let watches = 0;
  const asked: string[] = [];
  const api = await fakeApi((call) => {
    const { searchParams } = call.url;
    if (searchParams.get('watch') === null) {
      asked.push('list');
      answer(call, { metadata: { resourceVersion: `${++lists}00` }, items: [configMap('a', `${lists}00`)] });
      return;
    }
    asked.push(`watch ${searchParams.get('resourceVersion') ?? ''}`);
    handle(call, watches++);
  });
  const client = testClient(api.access);
  const events: string[] = [];
  for await (const event of watchObjects(client, CONFIG_MAPS, { namespace: 'default', onInterruption })) {
    events.push(shortened(event));
    if (events.length === count) break;
  }
  return { events, asked };
}

function shortened(event: WatchEvent): string {
  const objects = event.type === 'listed' ? event.objects : [event.object];
  return `${event.type} ${objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).join()}`;
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

describe('a watch', () => {
  test('goes on from the last event or bookmark when it breaks off, even in the middle of a line', async () => {
    const { events, asked } = await watch(4, (call, watches) => {
      call.response.writeHead(200);
      if (watches === 0) {
        const half = line('MODIFIED', configMap('a', '103'));
        call.response.write(
          line('ADDED', configMap('b', '101')) +
            line('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '102' } }) +
            half.slice(0, 40),
        );
        setTimeout(() => {
          reset(call);
        }, 50);
      } else if (watches === 1) call.response.end(line('MODIFIED', configMap('ü', '104')));
      else call.response.write(line('DELETED', configMap('b', '105')));
    });
    expect(events).toEqual(['listed a@100', 'changed b@101', 'changed ü@104', 'deleted b@105']);
    expect(asked).toEqual(['list', 'watch 100', 'watch 102', 'watch 104']);
  });

  test('lists anew when the server no longer knows what happened since', async () => {
    const { events, asked } = await watch(3, (call, watches) => {
      if (watches === 0) call.response.end(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }));
      else if (watches === 1) refuse(call, 410, { reason: 'Gone' });
      else call.response.write(line('ADDED', configMap('c', '301')));
    });
    expect(events).toEqual(['listed a@100', 'listed a@200', 'listed a@300']);
    expect(asked).toEqual(['list', 'watch 100', 'list', 'watch 200', 'list']);
  });

  test('puts together what comes in pieces of any size', async () => {
    const bytes = Buffer.from(line('ADDED', configMap('äöü', '101')) + line('ADDED', configMap('b', '102')));
    const { events } = await watch(3, ({ response }) => {
      let position = 0;
      const next = (): void => {
        if (position >= bytes.length) return;
        response.write(bytes.subarray(position, (position += 7)), next);
      };
      next();
    });
    expect(events).toEqual(['listed a@100', 'changed äöü@101', 'changed b@102']);
  });

  test('waits for a server that cannot be reached, and says so', async () => {
    let interruptions = 0;
    const { events } = await watch(
      2,
      (call, watches) => {
        if (watches < 1) refuse(call, 500, { message: 'not now' });
        else call.response.write(line('ADDED', configMap('b', '101')));
      },
      () => interruptions++,
    );
    expect(events).toEqual(['listed a@100', 'changed b@101']);
    expect(interruptions).toBe(1);
  });

  test('ends where it is refused from the start', async () => {
    const api = await fakeApi((call) => {
      refuse(call, 403, {
        message: 'configmaps is forbidden: User "eve" cannot list resource "configmaps" in API group ""',
      });
    });
    const first = watchObjects(testClient(api.access), CONFIG_MAPS).next();
    await expect(first).rejects.toMatchObject({ code: 'kube/forbidden' });
  });

  test.each([
    [401, 'Unauthorized'],
    [
      403,
      'User "a" cannot watch resource "configmaps" in API group "": clusterrole.rbac.authorization.k8s.io not found',
    ],
    [404, '404 page not found'],
  ])('waits a refusal with %d out once it knows its objects, and lists anew', async (code, message) => {
    let interruptions = 0;
    const { events, asked } = await watch(
      3,
      (call, watches) => {
        if (watches === 0) refuse(call, code, { message });
        else call.response.write(line('ADDED', configMap('b', '201')));
      },
      () => interruptions++,
    );
    expect(events).toEqual(['listed a@100', 'listed a@200', 'changed b@201']);
    expect(asked).toEqual(['list', 'watch 100', 'list', 'watch 200']);
    expect(interruptions).toBe(1);
  });

  test('ends where who hears that it is refused again and again ends it', async () => {
    const told: number[] = [];
    const refused = watch(
      9,
      (call) => {
        refuse(call, 403, { message: 'User "a" cannot watch resource "configmaps" in API group ""' });
      },
      (_error, failures) => {
        told.push(failures);
        if (failures === 3) throw new Error('enough');
      },
    );
    await expect(refused).rejects.toThrow('enough');
    expect(told).toEqual([1, 2, 3]);
  });

  test('ends when its kind is gone, or waits for it where it is to', async () => {
    let isServed = true;
    const api = await fakeApi(
      (call) => {
        if (!isServed) call.response.writeHead(404).end('404 page not found\n');
        else if (call.url.searchParams.has('watch')) {
          isServed = false;
          call.response.end(line('ADDED', configMap('b', '101')));
        } else answer(call, { metadata: { resourceVersion: '100' }, items: [] });
      },
      (path) => {
        if (path === '/apis') return discoveryOf();
        return path === '/api' ? discoveryOf(isServed ? ['configmaps', 'ConfigMap'] : undefined) : undefined;
      },
    );
    const client = testClient(api.access);
    const events: string[] = [];
    const ending = async (): Promise<void> => {
      for await (const event of watchObjects(client, CONFIG_MAPS)) events.push(event.type);
    };
    await expect(ending()).rejects.toMatchObject({ code: 'kube/no-such-kind' });
    expect(events).toEqual(['listed', 'changed']);
    isServed = true;
    const lasting = watchObjects(client, CONFIG_MAPS, {
      waitsForKind: true,
      onInterruption: ({ code }) => {
        if (code === 'kube/no-such-kind') isServed = true;
      },
    });
    const types: (string | undefined)[] = [];
    for await (const { type } of lasting) if (types.push(type) === 3) break;
    expect(types).toEqual(['listed', 'changed', 'listed']);
  });

  test('pauses where it ends at once again and again, as behind some proxies', async () => {
    const times: number[] = [];
    await watch(2, (call, watches) => {
      times.push(performance.now());
      call.response.end(watches < 4 ? '' : line('ADDED', configMap('b', '101')));
    });
    const pauses = times.slice(1).map((time, at) => time - times[at]!);
    expect(pauses).toHaveLength(4);
    expect(Math.min(...pauses)).toBeGreaterThan(50);
  });

  test('ends without an error when its signal is aborted', async () => {
    const api = await fakeApi((call) => {
      if (call.url.searchParams.has('watch')) call.response.writeHead(200).flushHeaders();
      else answer(call, { metadata: { resourceVersion: '1' }, items: [] });
    });
    const client = testClient(api.access);
    const stop = new AbortController();
    let events = 0;
    for await (const event of watchObjects(client, CONFIG_MAPS, { signal: stop.signal })) {
      events++;
      expect(event.type).toBe('listed');
      setTimeout(() => {
        stop.abort();
      }, 50);
    }
    expect(events).toBe(1);
  });
});
