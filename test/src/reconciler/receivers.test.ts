import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, readDocuments } from '../../../src/manifest/index.ts';
import { serveReceivers } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { Reconciled } from '../../support/reconciled.ts';
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

  test('tell nobody the token or the path', () => {
    for (const sentence of said) {
      expect(sentence).not.toContain(TOKEN);
      expect(sentence).not.toContain('/hook/');
    }
  });
});
