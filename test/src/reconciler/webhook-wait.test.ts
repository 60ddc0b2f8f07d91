import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  applyObject,
  createClient,
  deleteObject,
  type Kind,
  type KubeClient,
  loadAccess,
} from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { LiveObjects } from '../../../src/reconciler/live-objects.ts';
import { listenForWebhook } from '../../../src/reconciler/webhook-wait.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';

const NAMESPACE = 'webhook-wait-test';
const MESSAGE =
  'ConfigMap/a/b apply failed (InternalError): Internal error occurred: failed calling webhook "a.example.org": ' +
  `failed to call webhook: Post "https://hook.${NAMESPACE}.svc:443/validate?timeout=10s": ` +
  'no endpoints available for service "hook"';

describeWithControlPlane('who was refused since a webhook could not be called', (sandbox) => {
  const over = new AbortController();
  let client: KubeClient;
  let live: LiveObjects;

  beforeAll(async () => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
    live = new LiveObjects(client, over.signal, () => undefined);
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  });
  afterAll(() => {
    over.abort();
    client.close();
  });

  const apply = (object: JsonObject) => applyObject(client, object, { fieldManager: 'test', force: true });
  const slice = (service: string, ready: boolean): JsonObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: service, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready } }],
    ports: [],
  });
  const configuration = (name: string): JsonObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [],
  });
  /** What wakes, while something is done. */
  const during = async (
    message: string,
    act: (isAwake: () => boolean, awake: Promise<void>) => Promise<void>,
    followed: Pick<LiveObjects, 'follow' | 'listenToKind'> = live,
  ) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let count = 0;
    const stop = listenForWebhook(message, followed, () => {
      count += 1;
      resolve(undefined);
    });
    await Promise.all(
      [
        { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
        { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration' },
      ].map((kind) => live.follow(kind)),
    );
    await act(() => count > 0, promise);
    stop();
  };
  /** The watch has told of all that was before. */
  const seen = async (service: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stop = live.listenToKind({ group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' }, (object) => {
      if (object?.metadata.name === service) resolve(undefined);
    });
    await apply(slice(service, true));
    await promise;
    stop();
  };

  test('goes on when its Service has an endpoint that is ready, and for no other', async () => {
    await apply(slice('hook', false));
    // Other tests make configurations; one may also not be allowed to see them.
    const slices = {
      follow: (kind: Kind) =>
        kind.group === 'discovery.k8s.io' ? live.follow(kind) : Promise.reject(new Error('forbidden')),
      listenToKind: live.listenToKind.bind(live),
    };
    await during(
      MESSAGE,
      async (isAwake, awake) => {
        await apply({ ...slice('hook', false), ports: [{ name: 'a', port: 1 }] });
        await seen('another');
        expect(isAwake()).toBe(false);
        await apply(slice('hook', true));
        await awake;
      },
      slices,
    );
  });

  test('goes on when a configuration of webhooks comes, changes or goes', async () => {
    await during(MESSAGE, async (_isAwake, awake) => {
      await apply(configuration('webhook-wait-test'));
      await awake;
    });
    await during(MESSAGE, async (_isAwake, awake) => {
      const kind = { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' };
      await deleteObject(client, { ...kind, namespace: '', name: 'webhook-wait-test' });
      await awake;
    });
  });

  test('is the only one who goes on for that', async () => {
    await during('ConfigMap/a/b apply failed (Invalid): data is wrong', async (isAwake) => {
      await apply(configuration('webhook-wait-test-two'));
      await apply(slice('hook', true));
      await seen('third');
      expect(isAwake()).toBe(false);
    });
    await deleteObject(client, {
      group: 'admissionregistration.k8s.io',
      kind: 'ValidatingWebhookConfiguration',
      namespace: '',
      name: 'webhook-wait-test-two',
    });
  });
});
