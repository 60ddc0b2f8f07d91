import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, type JsonObject, mapOf, readDocuments } from '../../../src/manifest/index.ts';
import { serveReceivers } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, Reconciled, readyOf } from '../../support/reconciled.ts';
import { REPOSITORY } from '../../support/project.ts';

const NAMESPACE = 'receivers-test';
const TOKEN = 'not to be told';

describeWithControlPlane('the webhooks of Receivers', (sandbox) => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  const said: string[] = [];
  let cluster: Reconciled;
  let url = '';

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.stop();
    const crd = path.join(REPOSITORY, 'imports/crds/notification.toolkit.fluxcd.io_receivers.yaml');
    for (const { value } of readDocuments(fs.readFileSync(crd))) if (isObject(value)) await cluster.apply(value);
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace: NAMESPACE },
      stringData: { token: TOKEN },
    });
    await cluster.until('the kind', () =>
      receiver('push', { type: 'github', events: ['push'] }).then(
        () => true,
        () => false,
      ),
    );
    await receiver('suspended', { type: 'generic', suspend: true });
    await receiver('dangling', { type: 'generic', resources: [{ kind: 'GitRepository', name: 'none' }] });
    const port = await serveReceivers(cluster.client, {
      host: '127.0.0.1',
      port: 0,
      namespace: NAMESPACE,
      fluxNamespace: NAMESPACE,
      noCrossNamespaceRefs: false,
      onRequest: (sentence) => said.push(sentence),
      signal: stop.signal,
    });
    url = `http://127.0.0.1:${port}`;
  }, 60_000);
  afterAll(async () => {
    stop.abort();
    await cluster.end();
  });

  const receiver = (name: string, spec: object) =>
    cluster.apply({
      apiVersion: 'notification.toolkit.fluxcd.io/v1',
      kind: 'Receiver',
      metadata: { name, namespace: NAMESPACE },
      spec: { secretRef: { name: 'token' }, resources: [{ kind: 'GitRepository', name: 'source' }], ...spec },
    });
  /** As the documentation of Receivers says it (sha256sum of token, name and namespace). */
  const pathOf = (name: string) =>
    `/hook/${createHash('sha256')
      .update(TOKEN + name + NAMESPACE)
      .digest('hex')}`;
  const sign = (body: string, token = TOKEN) => `sha256=${createHmac('sha256', token).update(body).digest('hex')}`;
  const post = async (name: string, headers: Record<string, string> = {}, body = '{}') => {
    const response = await fetch(url + pathOf(name), { method: 'POST', body, headers });
    return response.status;
  };
  /** Until its path is known, which takes some seconds. */
  const waitFor = async (name: string, headers: Record<string, string> = {}, body = '{}') => {
    let status = 404;
    await cluster.until(name, async () => (status = await post(name, headers, body)) !== 404);
    return status;
  };
  const statusOf = async (name: string, matches: (status: JsonObject) => boolean): Promise<JsonObject> => {
    let status: JsonObject = {};
    const isSo = async (): Promise<boolean> => {
      status = mapOf((await cluster.get('Receiver', name, 'notification.toolkit.fluxcd.io'))?.status);
      return matches(status);
    };
    await cluster.until(`Receiver ${name}`, isSo, () => JSON.stringify(status));
    return status;
  };
  const github = (event: string, signature: string) => ({
    'content-type': 'application/json',
    'x-github-event': event,
    'x-hub-signature-256': signature,
  });
  const requestedAt = async () => {
    const source = await cluster.get('GitRepository', 'source', 'source.toolkit.fluxcd.io');
    const annotations = source?.metadata.annotations;
    return isObject(annotations) ? annotations['reconcile.fluxcd.io/requestedAt'] : undefined;
  };

  test('ask for what their Receiver names', async () => {
    const before = await requestedAt();
    expect(await post('push', github('push', sign('{}')))).toBe(200);
    const after = await requestedAt();
    expect(after).toEqual(expect.stringMatching(/^\d{4}-/));
    expect(after).not.toBe(before);
    expect(said).toContain(`Receiver/${NAMESPACE}/push asks for GitRepository/${NAMESPACE}/source`);
  });

  test('are refused where the signature or the event is another, and ask for nothing', async () => {
    const before = await requestedAt();
    expect(await post('push', github('push', sign('{}', 'guessed')))).toBe(400);
    expect(await post('push', github('issues', sign('{}')))).toBe(400);
    expect(await post('push')).toBe(400);
    expect(await requestedAt()).toBe(before);
  });

  test('are not found where nobody listens, or the Receiver is suspended', async () => {
    expect(await post('other')).toBe(404);
    expect(await post('suspended')).toBe(404);
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  test('say that they are wrong where what the Receiver names is not there', async () => {
    expect(await post('dangling')).toBe(400);
    expect(said.at(-1)).toContain(`could not ask for GitRepository/${NAMESPACE}/none`);
  });

  test('ask for what the filter of their Receiver lets pass, by the metadata of the object and the body', async () => {
    const resourceFilter = "res.metadata.name == 'source' && req.image.split(':').last().value().startsWith('v')";
    const json = { 'content-type': 'application/json; charset=utf-8' };
    await receiver('filtered', { type: 'generic', resourceFilter });
    const before = await requestedAt();
    expect(await waitFor('filtered', json, '{"image":"a:latest"}')).toBe(200);
    expect(await requestedAt()).toBe(before);
    expect(said.at(-1)).toContain('asks for none of GitRepository');
    expect(await post('filtered', json, '{"image":"a:v1"}')).toBe(200);
    expect(await requestedAt()).not.toBe(before);
    // What is not there has no value, and what is no JSON no body.
    expect(await post('filtered', json, '{}')).toBe(400);
    expect(await post('filtered', json, 'image')).toBe(400);
    expect(await post('filtered', { 'content-type': 'text/plain' }, '{"image":"a:v1"}')).toBe(400);
  });

  test('have their path in the status of their Receiver, as it is ready for them; without a token it is not', async () => {
    await receiver('told', { type: 'generic' });
    const status = await statusOf('told', ({ webhookPath }) => webhookPath !== undefined);
    expect(status).toMatchObject({ webhookPath: pathOf('told'), observedGeneration: 1 });
    expect(readyOf(status)).toBe(`True Succeeded: Receiver initialized for path: ${pathOf('told')}`);

    await receiver('tokenless', { type: 'generic', secretRef: { name: 'absent' } });
    const without = await statusOf('tokenless', (one) => readyOf(one).startsWith('False'));
    expect(readyOf(without)).toContain(`False TokenNotFound: unable to read token from secret '${NAMESPACE}/absent'`);
    expect(without.webhookPath).toBe('');

    await receiver('unreadable', { type: 'generic', resourceFilter: 'request.body' });
    const wrong = await statusOf('unreadable', (one) => readyOf(one).startsWith('False'));
    expect(readyOf(wrong)).toContain('False InvalidCELExpression: Reconciliation failed terminally');
    expect(conditionOf(wrong, 'Stalled')).toMatch(/^True InvalidCELExpression: /);
    expect(await waitFor('unreadable')).toBe(400);
  });

  test('have a status that is left to notification-controller where that runs', async () => {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await cluster.apply({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'notification-controller-leader-election', namespace: NAMESPACE },
      spec: { holderIdentity: 'notification-controller-abc_1', renewTime, leaseDurationSeconds: 60 },
    });
    await receiver('theirs', { type: 'generic' });
    // It is served from when it was seen.
    expect(await waitFor('theirs')).toBe(200);
    const theirs = await cluster.get('Receiver', 'theirs', 'notification.toolkit.fluxcd.io');
    expect(theirs?.status).not.toHaveProperty('webhookPath');
    await cluster.delete('Lease', 'notification-controller-leader-election', 'coordination.k8s.io');
  });

  test('tell nobody the token or the path', () => {
    for (const sentence of said) {
      expect(sentence).not.toContain(TOKEN);
      expect(sentence).not.toContain('/hook/');
    }
  });
});
