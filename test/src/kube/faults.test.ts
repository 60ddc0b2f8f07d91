import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import {
  type ApiError,
  applyObject,
  type ClientOptions,
  createObject,
  deleteObject,
  getObject,
  listObjects,
} from '../../../src/kube/index.ts';
import {
  accessTo,
  answer,
  type Call,
  configMap,
  discoveryOf,
  fakeApi,
  refuse,
  reset,
  testClient,
} from '../../support/fake-api.ts';

const REFERENCE = { group: '', kind: 'ConfigMap', namespace: 'default', name: 'a' };
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } };
const SECRET = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'default' } };

async function connect(handle: (call: Call, index: number) => void, options: ClientOptions = {}) {
  const api = await fakeApi(handle);
  return { api, client: testClient(api.access, options) };
}

describe('a request', () => {
  test('that comes too often waits as long as the server wants, and is made again', async () => {
    const { api, client } = await connect((call, index) => {
      if (index < 2) refuse(call, 429, { reason: 'TooManyRequests' }, { 'retry-after': '0' });
      else answer(call, configMap('a'));
    });
    expect((await createObject(client, CONFIG_MAP, { fieldManager: 'test' })).object.metadata.uid).toBe('uid-a');
    expect(api.calls).toHaveLength(3);
  });

  test('is not made again when the server wants to be left alone for long', async () => {
    const { api, client } = await connect((call) => {
      refuse(call, 503, { reason: 'ServiceUnavailable' }, { 'retry-after': '3600' });
    });
    await expect(getObject(client, REFERENCE)).rejects.toMatchObject({
      code: 'kube/server-error',
      retryAfterMs: 3_600_000,
    });
    expect(api.calls).toHaveLength(1);
  });

  test('is made again after a gateway had no answer, if it may be made twice', async () => {
    const { api, client } = await connect((call, index) => {
      if (index === 0) refuse(call, 503);
      else answer(call, configMap('a'));
    });
    expect(await getObject(client, REFERENCE)).toMatchObject({ metadata: { name: 'a' } });
    expect(api.calls).toHaveLength(2);
  });

  test('is not made again after a gateway had no answer, if it may not', async () => {
    const { api, client } = await connect((call) => {
      refuse(call, 503);
    });
    await expect(createObject(client, CONFIG_MAP, { fieldManager: 'test' })).rejects.toMatchObject({ status: 503 });
    expect(api.calls).toHaveLength(1);
  });

  test('is made again when the connection broke before or during the answer', async () => {
    const { api, client } = await connect((call, index) => {
      if (index === 0) reset(call);
      else if (index === 1) {
        call.response.writeHead(200, { 'content-length': '1000' }).write('{"kind":');
        setTimeout(() => {
          reset(call);
        }, 20);
      } else answer(call, configMap('a'));
    });
    const applied = await applyObject(client, CONFIG_MAP, { fieldManager: 'test' });
    expect(applied.object.metadata.name).toBe('a');
    expect(api.calls).toHaveLength(3);
  });

  test('that may have been done before the connection broke is not made twice', async () => {
    const { api, client } = await connect(reset);
    await expect(createObject(client, CONFIG_MAP, { fieldManager: 'test' })).rejects.toMatchObject({
      code: 'kube/connection-lost',
      exitStatus: 3,
    });
    expect(api.calls).toHaveLength(1);
  });

  test('that the server never answers fails after a while', async () => {
    const { client } = await connect(() => undefined);
    const asked = client.request({ method: 'POST', path: '/slow', verb: 'post /slow', idleMs: 50 });
    await expect(asked).rejects.toMatchObject({ code: 'kube/connection-lost' });
  });

  test('ends when its signal does, however long the server would take', async () => {
    const { client } = await connect(() => undefined);
    const stop = new AbortController();
    const asked = getObject(client, REFERENCE, { signal: stop.signal });
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 50);
    await expect(asked).rejects.toThrow('enough');
    await expect(getObject(client, REFERENCE, { signal: stop.signal })).rejects.toThrow('enough');
  });

  test('to a server that is not there says which, of which context, and why', async () => {
    const client = testClient(accessTo('http://127.0.0.1:1'));
    await expect(getObject(client, REFERENCE)).rejects.toMatchObject({
      code: 'kube/unreachable',
      exitStatus: 3,
      message: expect.stringMatching(
        /^The API server http:\/\/127\.0\.0\.1:1 of context fake cannot be reached: .*ECONNREFUSED/,
      ),
    });
  });

  test('to something else than an API server says so', async () => {
    const { client } = await connect((call) => {
      call.response.end('[]');
    });
    await expect(getObject(client, REFERENCE)).rejects.toMatchObject({ code: 'kube/no-api-server' });
    const login = await connect((call) => {
      call.response.end('<html>log in</html>');
    });
    await expect(getObject(login.client, REFERENCE)).rejects.toMatchObject({ code: 'kube/no-api-server' });
  });

  test('waits while as many are under way as may be', async () => {
    let most = 0;
    let now = 0;
    const { api, client } = await connect(
      (call) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          answer(call, configMap('a'));
        }, 5);
      },
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 12 }, () => getObject(client, REFERENCE)));
    expect(api.calls).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('keeps no other waiting while the server wants to be left alone', async () => {
    const { api, client } = await connect(
      (call, index) => {
        if (index === 0) refuse(call, 429, {}, { 'retry-after': '1' });
        else answer(call, configMap(call.url.pathname.endsWith('/b') ? 'b' : 'a'));
      },
      { concurrency: 1 },
    );
    const done: string[] = [];
    const get = async (name: string): Promise<void> => {
      await getObject(client, { ...REFERENCE, name });
      done.push(name);
    };
    await Promise.all([get('a'), get('b')]);
    expect(done).toEqual(['b', 'a']);
    expect(api.calls).toHaveLength(3);
  });

  test('to delete says which object it means', async () => {
    const { api, client } = await connect((call) => {
      answer(call, { kind: 'Status', status: 'Success' });
    });
    for (const uid of ['ü', 'b']) expect(await deleteObject(client, REFERENCE, { uid })).toBe(true);
    expect(api.calls.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'ü' } },
      { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'b' } },
    ]);
  });

  test('whose answer is packed is unpacked', async () => {
    const { client } = await connect(({ response }) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(configMap('a'))));
    });
    expect(await getObject(client, REFERENCE)).toEqual(configMap('a'));
  });

  test('keeps whole numbers that JavaScript would round, both ways', async () => {
    const { api, client } = await connect(({ response, body }) => {
      const { metadata } = configMap('a');
      response.end(
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":${JSON.stringify(metadata)},"big":${/"big":(\d+)/.exec(body)?.[1] ?? ''},"half":0.1234567890123456}`,
      );
    });
    const { object } = await applyObject(
      client,
      { ...CONFIG_MAP, big: 9223372036854775807n },
      { fieldManager: 'test' },
    );
    expect(object.big).toBe(9223372036854775807n);
    expect(object.half).toBe(0.1234567890123456);
    expect(api.calls[0]!.body).toContain('"big":9223372036854775807');
  });
});

describe('an object of which discovery knows a version that is no longer served', () => {
  const REFERENCE_OF_KIND = { group: 'example.org', kind: 'Gadget', namespace: 'default', name: 'a' };
  const gadget = { ...configMap('a'), apiVersion: 'example.org/v2', kind: 'Gadget' };

  /** Serves one version at a time; what is there is there in each. */
  async function versioned() {
    let served: string | undefined = 'v1';
    const api = await fakeApi(
      (call) => {
        if (served === undefined || !call.url.pathname.startsWith(`/apis/example.org/${served}/`)) {
          call.response.writeHead(404).end('404 page not found\n');
        } else if (call.url.pathname.endsWith('/a')) answer(call, gadget);
        else refuse(call, 404, { reason: 'NotFound', details: { name: 'b', group: 'example.org', kind: 'gadgets' } });
      },
      (path) => {
        if (path === '/api') return discoveryOf();
        const resource: [string, string] | undefined = served === undefined ? undefined : ['gadgets', 'Gadget'];
        return path === '/apis' ? discoveryOf(resource, 'example.org', served) : undefined;
      },
    );
    const client = testClient(api.access);
    await client.discovery.list();
    return {
      client,
      serve: (version: string | undefined) => {
        served = version;
      },
    };
  }

  test('is found and deleted in the version that is', async () => {
    const { client, serve } = await versioned();
    serve('v2');
    expect(await getObject(client, REFERENCE_OF_KIND)).toEqual(gadget);
    serve('v1');
    expect(await deleteObject(client, REFERENCE_OF_KIND)).toBe(true);
    serve('v2');
    expect(await getObject(client, { ...REFERENCE_OF_KIND, name: 'b' })).toBeUndefined();
  });

  test('never counts as gone', async () => {
    const { client, serve } = await versioned();
    serve(undefined);
    await expect(deleteObject(client, REFERENCE_OF_KIND)).rejects.toMatchObject({ code: 'kube/no-such-kind' });
    await expect(getObject(client, REFERENCE_OF_KIND)).rejects.toMatchObject({ code: 'kube/no-such-kind' });
  });
});

describe('a refusal', () => {
  async function refusal(code: number, status: object, object = CONFIG_MAP): Promise<ApiError> {
    const { client } = await connect((call) => {
      refuse(call, code, status);
    });
    return applyObject(client, object, { fieldManager: 'test' }).then(
      () => {
        throw new Error('was not refused');
      },
      (error: unknown) => error as ApiError,
    );
  }

  test('for want of rights says which verb on which resource', async () => {
    const message =
      'configmaps "a" is forbidden: User "eve" cannot patch resource "configmaps" in API group "" in the namespace "default"';
    const error = await refusal(403, { reason: 'Forbidden', message });
    expect(error).toMatchObject({ code: 'kube/forbidden', exitStatus: 3, serverMessage: message });
    expect(error.message).toContain('patch configmaps in namespace default was refused: ');
    expect(error.place.object).toBe('ConfigMap/default/a');
  });

  test.each([
    [403, { reason: 'Forbidden', message: 'configmaps "a" is forbidden: exceeded quota: q' }, 'kube/denied'],
    [
      403,
      { message: 'unable to create new content', details: { causes: [{ reason: 'NamespaceTerminating' }] } },
      'kube/namespace-ends',
    ],
    [400, { message: 'admission webhook "w.example.org" denied the request: no' }, 'kube/denied'],
    [500, { message: 'Internal error occurred: failed calling webhook "w.example.org": no endpoints' }, 'kube/webhook'],
    [
      500,
      { message: 'failed to create typed patch object (x): .spec.y: field not declared in schema' },
      'kube/invalid',
    ],
    [500, { message: 'etcdserver: request is too large' }, 'kube/too-large'],
    [413, {}, 'kube/too-large'],
    [409, { reason: 'AlreadyExists' }, 'kube/already-exists'],
    [409, { reason: 'Conflict' }, 'kube/conflict'],
    [410, { reason: 'Expired' }, 'kube/gone'],
    [422, { reason: 'Invalid' }, 'kube/invalid'],
    [401, { reason: 'Unauthorized' }, 'kube/unauthorized'],
    [404, { reason: 'NotFound' }, 'kube/not-found'],
  ])('of status %d with %j is %s', async (code, status, expected) => {
    expect((await refusal(code, status)).code).toBe(expected);
  });

  test('repeats no value of a Secret', async () => {
    const error = await refusal(
      422,
      {
        reason: 'Invalid',
        message:
          'Secret "a" is invalid: data[x]: Invalid value: "hunter2 \\"quoted\\"": no; .stringData.a: got &value.valueUnstructured{Value:map[string]interface {}{"k":"hunter2"}}',
        details: { causes: [{ field: 'data[x]', message: 'Invalid value: "hunter2": no' }] },
      },
      SECRET,
    );
    expect(JSON.stringify([error, error.message, error.causes])).not.toContain('hunter2');
    expect(error.message).toContain('data[x]: Invalid value: ***: no');
  });
});

describe('a list', () => {
  test('comes page by page, and in one piece where the server forgot the state that the pages are of', async () => {
    const page = (items: object[], token: string) => ({
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '7', continue: token },
      items,
    });
    const { api, client } = await connect((call) => {
      const { searchParams } = call.url;
      if (!searchParams.has('limit')) answer(call, page([configMap('a'), configMap('b'), configMap('c')], ''));
      else if (searchParams.get('continue') === null) answer(call, page([configMap('a')], 'two'));
      else if (searchParams.get('continue') === 'two') answer(call, page([configMap('b')], 'three'));
      else refuse(call, 410, { reason: 'Expired' });
    });
    const { objects, resourceVersion } = await listObjects(
      client,
      { group: '', kind: 'ConfigMap' },
      { namespace: 'default' },
    );
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(resourceVersion).toBe('7');
    expect(api.calls).toHaveLength(4);
  });
});
