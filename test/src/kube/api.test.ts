/** What the client does on a real API server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  applyObject,
  createClient,
  createObject,
  deleteObject,
  getObject,
  impersonating,
  type KubeClient,
  listObjects,
  loadAccess,
  patchObject,
  replaceObject,
  serviceAccount,
  watchObjects,
  type WatchEvent,
} from '../../../src/kube/index.ts';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';

const NAMESPACE = 'kube-api-test';
const MANAGER = { fieldManager: 'test' };
const PATIENCE_MS = 30_000;

function configMap(name: string, data: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data };
}

function reference(name: string, kind = 'ConfigMap') {
  return { group: '', kind, namespace: NAMESPACE, name };
}

describeWithControlPlane('the API server', (sandbox) => {
  let client: KubeClient;

  beforeAll(async () => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
    await applyObject(client, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, MANAGER);
  }, PATIENCE_MS);
  afterAll(() => {
    client.close();
  });

  describe('applying', () => {
    test('makes an object, changes nothing the second time, and takes away what is no longer said', async () => {
      const first = await applyObject(client, configMap('apply', { a: '1', b: '2' }), MANAGER);
      expect(first.isNew).toBe(true);
      const again = await applyObject(client, configMap('apply', { a: '1', b: '2' }), MANAGER);
      expect(again.isNew).toBe(false);
      expect(again.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
      const less = await applyObject(client, configMap('apply', { a: '1' }), MANAGER);
      expect(less.object.data).toEqual({ a: '1' });
    });

    test('fails where another manager has a field, unless it is forced', async () => {
      await applyObject(client, configMap('conflict', { a: '1' }), MANAGER);
      const other = { fieldManager: 'other' };
      await expect(applyObject(client, configMap('conflict', { a: '2' }), other)).rejects.toMatchObject({
        code: 'kube/conflict',
        causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }],
        place: { object: `ConfigMap/${NAMESPACE}/conflict` },
      });
      const forced = await applyObject(client, configMap('conflict', { a: '2' }), { ...other, force: true });
      expect(forced.object.data).toEqual({ a: '2' });
    });

    test('writes nothing in a dry run, and shows what it would', async () => {
      const shown = await applyObject(client, configMap('dry', { a: '1' }), { ...MANAGER, dryRun: true });
      expect(shown.object.data).toEqual({ a: '1' });
      expect(await getObject(client, reference('dry'))).toBeUndefined();
    });

    test('reaches a status only by its subresource', async () => {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
      const conditions = [
        { type: 'Tested', status: 'True', reason: 'Test', message: 'x', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ];
      const { object } = await applyObject(
        client,
        { ...namespace, status: { conditions } },
        { ...MANAGER, subresource: 'status' },
      );
      expect(isObject(object.status) ? object.status.conditions : undefined).toEqual(conditions);
    });

    test('passes on what the server warns of', async () => {
      const pod = {
        containers: [
          {
            name: 'a',
            image: 'a',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        ],
      };
      const job = {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'warned', namespace: NAMESPACE },
        spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } },
      };
      const { warnings } = await createObject(client, job, { ...MANAGER, dryRun: true });
      expect(warnings).toEqual([expect.stringContaining('hides previous definition of "A"')]);
    });

    test.each<[string, JsonObject, string]>([
      [
        'a field of the wrong kind',
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'x', namespace: NAMESPACE },
          spec: { replicas: 'many' },
        },
        'kube/invalid',
      ],
      ['a field that does not exist', { ...configMap('x', {}), spec: {} }, 'kube/invalid'],
      [
        'what its kind forbids',
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: NAMESPACE }, spec: {} },
        'kube/invalid',
      ],
      [
        'a namespace that is not there',
        { ...configMap('x', {}), metadata: { name: 'x', namespace: 'nowhere' } },
        'kube/not-found',
      ],
      ['no namespace', { ...configMap('x', {}), metadata: { name: 'x' } }, 'kube/no-namespace'],
      [
        'a kind that is not there',
        { apiVersion: 'example.org/v1', kind: 'Nothing', metadata: { name: 'x' } },
        'kube/no-such-kind',
      ],
      ['a version that is not there', { ...configMap('x', {}), apiVersion: 'v9' }, 'kube/no-such-kind'],
      ['more than etcd takes', configMap('x', { a: 'x'.repeat(1_200_000) }), 'kube/too-large'],
    ])('of %s says so', async (_what, object, code) => {
      await expect(applyObject(client, object, MANAGER)).rejects.toMatchObject({ code });
    });
  });

  test('making what is there, or replacing what changed, is refused', async () => {
    const { object } = await createObject(client, configMap('once', { a: '1' }), MANAGER);
    await expect(createObject(client, configMap('once', {}), MANAGER)).rejects.toMatchObject({
      code: 'kube/already-exists',
    });
    const replaced = await replaceObject(client, { ...object, data: { a: '2' } }, MANAGER);
    expect(replaced.object.data).toEqual({ a: '2' });
    await expect(replaceObject(client, object, MANAGER)).rejects.toMatchObject({ code: 'kube/conflict' });
  });

  test('an object is patched by what changes, or by steps', async () => {
    await applyObject(client, configMap('patched', { a: '1', b: '2' }), MANAGER);
    await patchObject(client, reference('patched'), { data: { a: null, c: '3' } }, MANAGER);
    const steps = [{ op: 'replace', path: '/data/b', value: '4' }];
    const { object } = await patchObject(client, reference('patched'), steps, MANAGER);
    expect(object.data).toEqual({ b: '4', c: '3' });
  });

  test('an object is deleted only if it is the one that is meant', async () => {
    const { object } = await applyObject(client, configMap('doomed', {}), MANAGER);
    const { uid } = object.metadata;
    await expect(deleteObject(client, reference('doomed'), { uid: 'another' })).rejects.toMatchObject({
      code: 'kube/conflict',
    });
    expect(await deleteObject(client, reference('doomed'), { dryRun: true })).toBe(true);
    expect(await deleteObject(client, reference('doomed'), { uid, propagation: 'Foreground' })).toBe(true);
    while ((await getObject(client, reference('doomed'))) !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await deleteObject(client, reference('doomed'))).toBe(false);
  });

  test('objects are listed by namespace and label, whole or by their metadata', async () => {
    const labelled = {
      ...configMap('labelled', { a: '1' }),
      metadata: { name: 'labelled', namespace: NAMESPACE, labels: { of: 'list' } },
    };
    await applyObject(client, labelled, MANAGER);
    const kind = { group: '', kind: 'ConfigMap' };
    const whole = await listObjects(client, kind, { labelSelector: 'of=list' });
    expect(whole.objects).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }]);
    const short = await listObjects(client, kind, {
      namespace: NAMESPACE,
      labelSelector: 'of=list',
      metadataOnly: true,
    });
    expect(short.objects).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'labelled' } }]);
    expect(short.objects[0]).not.toHaveProperty('data');
    expect((await listObjects(client, kind, { namespace: 'nowhere' })).objects).toEqual([]);
  });

  test('a watch tells what comes, changes, leaves the selection and goes', async () => {
    const stop = new AbortController();
    const labels = { of: 'watch' };
    const watched = (name: string, more: object = {}) => ({
      ...configMap(name, {}),
      metadata: { name, namespace: NAMESPACE, labels, ...more },
    });
    await applyObject(client, watched('before'), MANAGER);
    const events: string[] = [];
    const steps: (() => Promise<unknown>)[] = [
      () => applyObject(client, watched('a'), MANAGER),
      () => applyObject(client, watched('a', { annotations: { x: '1' } }), MANAGER),
      () => applyObject(client, watched('a', { labels: {} }), MANAGER),
      () => deleteObject(client, reference('before')),
    ];
    const selection = { namespace: NAMESPACE, labelSelector: 'of=watch', metadataOnly: true, signal: stop.signal };
    for await (const event of watchObjects(client, { group: '', kind: 'ConfigMap' }, selection)) {
      events.push(`${event.type} ${namesOf(event)}`);
      const step = steps.shift();
      if (step === undefined) stop.abort();
      else await step();
    }
    expect(events).toEqual(['listed before', 'changed a', 'changed a', 'deleted a', 'deleted before']);
  });

  test('who may not is told what', async () => {
    const nobody = impersonating(client, serviceAccount(NAMESPACE, 'nobody'));
    const user = `system:serviceaccount:${NAMESPACE}:nobody`;
    await expect(applyObject(nobody, configMap('x', {}), MANAGER)).rejects.toMatchObject({
      code: 'kube/forbidden',
      exitStatus: 3,
      serverMessage: `configmaps "x" is forbidden: User "${user}" cannot patch resource "configmaps" in API group "" in the namespace "${NAMESPACE}"`,
    });
    const watching = watchObjects(nobody, { group: 'apps', kind: 'Deployment' });
    await expect(watching.next()).rejects.toMatchObject({
      code: 'kube/forbidden',
      message: expect.stringContaining('list deployments.apps was refused'),
    });
    const stranger = createClient({ ...client.access, authorization: { kind: 'token', token: 'wrong' } }, { env: {} });
    await expect(getObject(stranger, reference('x'))).rejects.toMatchObject({
      code: 'kube/unauthorized',
      exitStatus: 3,
    });
    stranger.close();
  });

  test('a namespace that ends takes nothing more', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-api-test-ends' } };
    const held = {
      ...configMap('held', {}),
      metadata: { name: 'held', namespace: namespace.metadata.name, finalizers: ['example.org/hold'] },
    };
    await applyObject(client, namespace, MANAGER);
    await applyObject(client, held, MANAGER);
    await deleteObject(client, { group: '', kind: 'Namespace', namespace: '', name: namespace.metadata.name });
    const late = { ...configMap('late', {}), metadata: { name: 'late', namespace: namespace.metadata.name } };
    await expect(applyObject(client, late, MANAGER)).rejects.toMatchObject({ code: 'kube/namespace-ends' });
    await applyObject(client, { ...held, metadata: { ...held.metadata, finalizers: [] } }, MANAGER);
  });

  test(
    'a kind is known as soon as its CustomResourceDefinition serves it',
    async () => {
      const group = 'kube-api-test.example.org';
      const crd = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `things.${group}` },
        spec: {
          group,
          scope: 'Cluster',
          names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      };
      const thing = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } };
      const rest = { group, namespace: '', name: 'a' };
      await expect(applyObject(client, thing, MANAGER)).rejects.toMatchObject({ code: 'kube/no-such-kind' });
      await applyObject(client, crd, MANAGER);
      for (;;) {
        try {
          await applyObject(client, thing, MANAGER);
          break;
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^kube\/(no-such-kind|not-found)$/) });
        }
      }
      expect(await getObject(client, { ...rest, kind: 'Thing' })).toMatchObject({ metadata: { name: 'a' } });
      expect((await client.discovery.list()).some(({ kind }) => kind === 'Thing')).toBe(true);
      await deleteObject(client, {
        group: 'apiextensions.k8s.io',
        kind: 'CustomResourceDefinition',
        namespace: '',
        name: `things.${group}`,
      });
    },
    PATIENCE_MS,
  );
});

function namesOf(event: WatchEvent): string {
  const objects = event.type === 'listed' ? event.objects : [event.object];
  return objects.map(({ metadata }) => metadata.name).join();
}
