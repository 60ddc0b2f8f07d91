import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteObject } from '../../../src/kube/index.ts';
import { isList, isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'retries-test';
const KIND = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' };

describeWithControlPlane('a Kustomization that failed', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const failures = ({ history }: JsonObject) => {
    const [latest] = isList(history) ? history : [];
    return isObject(latest) ? Number(latest.totalReconciliations) : 0;
  };

  test('is tried again by itself, and says once what is wrong', async () => {
    // Its namespace is not there.
    await cluster.push({ 'again/a.yaml': configMap('again', {}, { namespace: 'retries-test-later' }) });
    await cluster.kustomization('again', { interval: '1h' });
    const status = await cluster.status('again', (now) => failures(now) >= 2);
    expect(readyOf(status)).toContain(
      'False ReconciliationFailed: ConfigMap/retries-test-later/again apply failed (NotFound)',
    );
    expect(conditionOf(status, 'Reconciling')).toMatch(/^True ProgressingWithRetry: /);
    const told = (await cluster.events('again')).filter((event) => event.startsWith('Warning '));
    expect(told).toEqual([
      expect.stringContaining('Warning ReconciliationFailed ConfigMap/retries-test-later/again apply'),
    ]);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'retries-test-later' } });
    const ready = await cluster.ready('again');
    expect(conditionOf(ready, 'Reconciling')).toBe('');
    expect(ready.history).toMatchObject([
      { lastReconciledStatus: 'ReconciliationSucceeded' },
      { lastReconciledStatus: 'ReconciliationFailed' },
    ]);
  });

  test('answers to a request, though it fails again', async () => {
    await cluster.push({ 'asked/a.yaml': configMap('Not-A-Name', {}, local) });
    await cluster.kustomization('asked', { interval: '1h' });
    await cluster.failed('asked', 'ReconciliationFailed');
    await cluster.request(KIND, 'asked');
    const requested = (await cluster.getKustomization('asked'))?.metadata.annotations;
    const value = isObject(requested) ? requested['reconcile.fluxcd.io/requestedAt'] : undefined;
    const status = await cluster.status('asked', (now) => now.lastHandledReconcileAt === value);
    await cluster.failed('asked', 'ReconciliationFailed');
    expect(status.observedGeneration).toBe(-1);
  });

  test('goes on with the next commit at once, and with the next spec', async () => {
    await cluster.push({ 'mended/a.yaml': configMap('Not-A-Name', {}, local) });
    await cluster.kustomization('mended', { interval: '1h' });
    await cluster.failed('mended', 'ReconciliationFailed');
    await cluster.push({ 'mended/a.yaml': configMap('mended', {}, local) });
    await cluster.ready('mended');
    await cluster.kustomization('mended', { interval: '1h', path: './nowhere' });
    await cluster.failed('mended', 'ArtifactFailed');
    await cluster.kustomization('mended', { interval: '1h' });
    const status = await cluster.status(
      'mended',
      (now, ready) => now.observedGeneration === 3 && ready.startsWith('True'),
    );
    expect(status.observedGeneration).toBe(3);
  });

  test('over an object that is too large names it, and makes the others', async () => {
    const large = 'x'.repeat(1_600_000);
    await cluster.push({
      'large/a.yaml': configMap('large', { large }, local),
      'large/b.yaml': configMap('small', {}, local),
    });
    await cluster.kustomization('large');
    const status = await cluster.failed('large', 'ReconciliationFailed');
    expect(readyOf(status)).toMatch(new RegExp(`ConfigMap/${NAMESPACE}/large apply failed.*: .*[Tt]oo (long|large)`));
    expect(readyOf(status).length).toBeLessThan(2000);
    expect(await cluster.get('ConfigMap', 'small')).toBeDefined();
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_small__ConfigMap`, v: 'v1' }] });
  });

  test('since a webhook cannot be reached says which, and goes on when it is gone', async () => {
    await webhook('retries-test-unreachable', 'unreachable', { url: 'https://127.0.0.1:1/' });
    await cluster.push({ 'unreachable/a.yaml': configMap('unreachable', {}, local) });
    await cluster.kustomization('unreachable');
    const status = await cluster.failed('unreachable', 'ReconciliationFailed');
    expect(readyOf(status)).toMatch(
      new RegExp(`ConfigMap/${NAMESPACE}/unreachable apply failed \\(InternalError\\): .*unreachable.example.com`),
    );
    await removeWebhook('retries-test-unreachable');
    await cluster.ready('unreachable');
  });

  const certificate = makeCertificate(folder);
  if (certificate === undefined) process.stderr.write('skipped, as there is no openssl: a webhook that rejects\n');
  (certificate === undefined ? describe.skip : describe)('since a webhook rejects an object', () => {
    test('says what that said, and goes on when it no longer does', async () => {
      let isAllowed = false;
      const server = https.createServer(certificate ?? {}, (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: { uid: string } };
          const { uid } = review.request;
          const answer = {
            uid,
            allowed: isAllowed,
            status: { message: 'it has no owner', code: 403, reason: 'Forbidden' },
          };
          response.setHeader('content-type', 'application/json');
          response.end(
            JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
          );
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as AddressInfo;
        const caBundle = Buffer.from(certificate?.cert ?? '').toString('base64');
        await webhook('retries-test-rejects', 'rejected', { url: `https://127.0.0.1:${port}/`, caBundle });
        await cluster.push({
          'rejected/a.yaml': configMap('rejected', {}, local),
          'rejected/b.yaml': configMap('accepted', {}, local),
        });
        await cluster.kustomization('rejected');
        const status = await cluster.failed('rejected', 'ReconciliationFailed');
        expect(readyOf(status)).toContain(`ConfigMap/${NAMESPACE}/rejected apply failed (Forbidden): `);
        expect(readyOf(status)).toContain('it has no owner');
        expect(await cluster.get('ConfigMap', 'accepted')).toBeDefined();
        isAllowed = true;
        await cluster.ready('rejected');
      } finally {
        await removeWebhook('retries-test-rejects');
        server.closeAllConnections();
        server.close();
      }
    });
  });

  /** Is asked of one ConfigMap, and takes effect before this ends. */
  async function webhook(name: string, object: string, clientConfig: Record<string, string>): Promise<void> {
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: `${object}.example.com`,
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          timeoutSeconds: 5,
          clientConfig,
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
          matchConditions: [{ name: 'name', expression: `request.name == '${object}'` }],
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
        },
      ],
    });
    await cluster.until('the webhook', async () => !(await isAccepted(object)));
  }

  async function isAccepted(name: string): Promise<boolean> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...local } };
    return cluster.apply(object, { dryRun: true }).then(
      () => true,
      () => false,
    );
  }

  async function removeWebhook(name: string): Promise<void> {
    const kind = 'ValidatingWebhookConfiguration';
    await deleteObject(cluster.client, { group: 'admissionregistration.k8s.io', kind, namespace: '', name });
  }
});

/** A self-signed certificate for 127.0.0.1; undefined without openssl. */
function makeCertificate(folder: string): { readonly key: string; readonly cert: string } | undefined {
  const subject = ['-subj', '/CN=webhook', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'webhook.key'];
  const args = ['req', '-x509', ...key, ...subject, '-out', 'webhook.crt'];
  if (spawnSync('openssl', args, { cwd: folder, stdio: 'ignore' }).status !== 0) return undefined;
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
  return { key: read('webhook.key'), cert: read('webhook.crt') };
}
