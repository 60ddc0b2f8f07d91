import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'health-test';

describeWithControlPlane('the health of a Kustomization', (sandbox) => {
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

  const deployment = (name: string, replicas: number): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...local },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'none' }] } },
    },
  });
  const job = (name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...local },
    spec: { ...spec, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } } },
  });
  const isBeingChecked = (status: JsonObject) => conditionOf(status, 'Healthy').startsWith('Unknown Progressing');

  test('is not told of where nothing is to be checked', async () => {
    await cluster.push({ 'unchecked/a.yaml': manifest(deployment('unchecked', 1)) });
    await cluster.kustomization('unchecked');
    const status = await cluster.ready('unchecked');
    expect(conditionOf(status, 'Healthy')).toBe('');
  });

  test('with healthChecks is that of the objects that they name, which may be of others', async () => {
    await cluster.push({
      'named/a.yaml': configMap('named', {}, local),
      'named/b.yaml': manifest(deployment('not-checked', 1)),
    });
    // Without an apiVersion it is of apps/v1 (KC: ReferenceToObjMetadataSet).
    await cluster.kustomization('named', { healthChecks: [{ kind: 'Deployment', name: 'others', ...local }] });
    await cluster.status('named', isBeingChecked);
    await cluster.apply(deployment('others', 0));
    const status = await cluster.ready('named');
    expect(conditionOf(status, 'Healthy')).toMatch(/^True Succeeded: Health check passed in /);
  });

  test('fails, with the names of those that are not well, when the time is over', async () => {
    await cluster.push({ 'late/a.yaml': manifest(deployment('late', 1)), 'late/b.yaml': configMap('late', {}, local) });
    await cluster.kustomization('late', {
      healthChecks: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'late', ...local },
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'late', ...local },
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'nowhere', ...local },
      ],
      timeout: '30s',
    });
    let status: JsonObject = await cluster.status('late', isBeingChecked);
    await cluster.until('the end of the time', async () => {
      status = await cluster.status('late', () => true);
      return readyOf(status).startsWith('False HealthCheckFailed: ');
    });
    const unwell = `[Deployment/${NAMESPACE}/late status: 'InProgress', ConfigMap/${NAMESPACE}/nowhere status: 'NotFound']`;
    expect(readyOf(status)).toMatch(
      /^False HealthCheckFailed: health check failed after 30(\.\d+)?s: timeout waiting for: /,
    );
    expect(readyOf(status)).toContain(unwell);
    expect(conditionOf(status, 'Healthy')).toContain('False HealthCheckFailed: ');
    // Those that were applied are known, whatever their health.
    expect(status.inventory).toMatchObject({ entries: [{ id: `${NAMESPACE}_late__ConfigMap` }, {}] });
    expect(status.lastAppliedRevision).toBeUndefined();
    expect(status.history).toMatchObject([{ lastReconciledStatus: 'HealthCheckFailed' }]);
  }, 90_000);

  test('fails at once where one has failed and will not be well', async () => {
    await cluster.push({
      'failed/a.yaml': manifest(job('failed', { activeDeadlineSeconds: 1 })),
      'failed/b.yaml': manifest(deployment('in-progress', 1)),
    });
    await cluster.kustomization('failed', { wait: true, timeout: '10m' });
    const status = await cluster.failed('failed', 'HealthCheckFailed');
    expect(readyOf(status)).toContain(
      `failed early due to stalled resources: [Job/${NAMESPACE}/failed status: 'Failed']`,
    );
  });

  test('of a Job that is suspended, and of one that is done, is well', async () => {
    await cluster.push({
      'jobs/a.yaml': manifest(job('suspended', { suspend: true })),
      // Of a Job without completions to come nothing is left to do.
      'jobs/b.yaml': manifest(job('done', { completions: 0 })),
    });
    await cluster.kustomization('jobs', { wait: true });
    expect(conditionOf(await cluster.ready('jobs'), 'Healthy')).toMatch(/^True Succeeded/);
  });

  test('of a Job that the cluster deletes when it is done is well, and it is not made anew for that', async () => {
    await cluster.push({
      'passing/a.yaml': manifest(job('passing', { completions: 0, ttlSecondsAfterFinished: 0 })),
    });
    await cluster.kustomization('passing', { wait: true });
    expect(conditionOf(await cluster.ready('passing'), 'Healthy')).toMatch(/^True Succeeded/);
    await cluster.gone('Job', 'passing', 'batch');
    await cluster.push({ 'later/a.yaml': configMap('later', {}, local) });
    await cluster.kustomization('later');
    await cluster.ready('later');
    const made = cluster.changes.filter(({ object, cause }) => object.name === 'passing' && cause === 'drift');
    expect(made).toEqual([]);
  });

  test('does not wait for itself', async () => {
    const self = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', name: 'self', ...local };
    await cluster.push({ 'self/a.yaml': configMap('self', {}, local) });
    await cluster.kustomization('self', {
      healthChecks: [self, { apiVersion: 'v1', kind: 'ConfigMap', name: 'self', ...local }],
    });
    expect(conditionOf(await cluster.ready('self'), 'Healthy')).toMatch(/^True Succeeded/);
  });

  test('that takes its time though nothing changed is told of when it is good', async () => {
    await cluster.push({ 'slow/a.yaml': configMap('slow', {}, local) });
    await cluster.apply(deployment('slow', 0));
    await cluster.kustomization('slow', { healthChecks: [{ kind: 'Deployment', name: 'slow', ...local }] });
    await cluster.ready('slow');
    await cluster.apply(deployment('slow', 1));
    await cluster.request({ group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' }, 'slow');
    await cluster.status('slow', isBeingChecked);
    await cluster.apply(deployment('slow', 0));
    await cluster.status('slow', (status) => conditionOf(status, 'Ready').startsWith('True'));
    expect(conditionOf(await cluster.ready('slow'), 'Healthy')).toMatch(/^True Succeeded/);
  });

  test('that goes wrong later is told of at the next reconciliation', async () => {
    await cluster.push({ 'worse/a.yaml': configMap('worse', {}, local) });
    await cluster.apply(deployment('worse', 0));
    const healthChecks = [{ kind: 'Deployment', name: 'worse', ...local }];
    await cluster.kustomization('worse', { healthChecks });
    await cluster.ready('worse');
    await cluster.apply(deployment('worse', 1));
    await cluster.push({ 'worse/b.yaml': configMap('worse-too', {}, local) });
    await cluster.status('worse', isBeingChecked);
    await cluster.apply(deployment('worse', 0));
    await cluster.ready('worse');
  });
});
