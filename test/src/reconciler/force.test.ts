import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { manifest, Reconciled, readyOf, says } from '../../support/reconciled.ts';

const NAMESPACE = 'force-test';

describeWithControlPlane('a field that cannot be changed', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const job = (name: string, image: string, metadata: JsonObject = {}) =>
    manifest({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: NAMESPACE, ...metadata },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
    });
  const service = (clusterIP: string | undefined) =>
    manifest({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'service', namespace: NAMESPACE },
      spec: { ...(clusterIP === undefined ? {} : { clusterIP }), selector: { app: 'a' }, ports: [{ port: 80 }] },
    });
  const uidOf = async (kind: string, name: string, group = '') => (await cluster.get(kind, name, group))?.metadata.uid;

  test('is refused, by its name, and the object stays as it is', async () => {
    await cluster.push({ 'refused/a.yaml': job('refused', 'one') });
    await cluster.kustomization('refused');
    await cluster.ready('refused');
    const before = await uidOf('Job', 'refused', 'batch');
    await cluster.push({ 'refused/a.yaml': job('refused', 'two') });
    const status = await cluster.failed('refused', 'ReconciliationFailed');
    expect(readyOf(status)).toMatch(
      new RegExp(`Job/${NAMESPACE}/refused apply failed \\(Invalid\\): .*spec\\.template: .*field is immutable`, 's'),
    );
    expect(await uidOf('Job', 'refused', 'batch')).toBe(before);
  });

  test('of a Job with spec.force is changed by deleting the Job and making it anew', async () => {
    await cluster.push({ 'forced/a.yaml': job('forced', 'one') });
    await cluster.kustomization('forced', { force: true });
    await cluster.ready('forced');
    const before = await uidOf('Job', 'forced', 'batch');
    await cluster.push({ 'forced/a.yaml': job('forced', 'two') });
    await cluster.ready('forced');
    expect(await uidOf('Job', 'forced', 'batch')).not.toBe(before);
    expect(await cluster.get('Job', 'forced', 'batch')).toMatchObject({
      spec: { template: { spec: { containers: [{ image: 'two' }] } } },
    });
  });

  test('of an object that says force: enabled is changed so, where nothing else of its Kustomization is', async () => {
    await cluster.push({ 'annotated/a.yaml': job('annotated', 'one'), 'annotated/b.yaml': job('other', 'one') });
    await cluster.kustomization('annotated');
    await cluster.ready('annotated');
    const before = await uidOf('Job', 'annotated', 'batch');
    const other = await uidOf('Job', 'other', 'batch');
    await cluster.push({
      'annotated/a.yaml': job('annotated', 'two', { annotations: says('force', 'Enabled') }),
      'annotated/b.yaml': job('other', 'two'),
    });
    const status = await cluster.failed('annotated', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`Job/${NAMESPACE}/other apply failed (Invalid)`);
    expect(await uidOf('Job', 'annotated', 'batch')).not.toBe(before);
    expect(await uidOf('Job', 'other', 'batch')).toBe(other);
  });

  test('the clusterIP of a Service, is changed with spec.force', async () => {
    await cluster.push({ 'service/a.yaml': service(undefined) });
    await cluster.kustomization('service', { force: true });
    await cluster.ready('service');
    const before = await uidOf('Service', 'service');
    await cluster.push({ 'service/a.yaml': service('None') });
    await cluster.ready('service');
    expect(await uidOf('Service', 'service')).not.toBe(before);
    expect(await cluster.get('Service', 'service')).toMatchObject({ spec: { clusterIP: 'None' } });
  });

  test('and with spec.force what is wrong by itself is still refused', async () => {
    await cluster.push({ 'wrong/a.yaml': job('Wrong_Name', 'one') });
    await cluster.kustomization('wrong', { force: true });
    const status = await cluster.failed('wrong', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`Job/${NAMESPACE}/Wrong_Name apply failed (Invalid)`);
  });
});
