import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteObject, getObject, type KubeObject, patchObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { KUSTOMIZATION, STATUS_MANAGER } from '../../../src/reconciler/kustomization.ts';
import { writeStatus } from '../../../src/reconciler/status.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'status-test';
const STATUS = { lastAttemptedRevision: 'main@sha1:1' };

describeWithControlPlane('The status of a Kustomization', (sandbox) => {
  let cluster: Reconciled;
  const folder = temporaryFolder();

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    // Its status is written by the tests alone.
    await cluster.stop();
  });

  afterAll(async () => {
    await cluster.end();
  });

  const reference = (name: string) => ({ ...KUSTOMIZATION, namespace: NAMESPACE, name });

  async function made(name: string): Promise<KubeObject> {
    await cluster.kustomization(name);
    const object = await getObject(cluster.client, reference(name));
    if (object === undefined) throw new Error(`${name} is not there.`);
    return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
  }

  const write = (seen: KubeObject, status: JsonObject) => writeStatus(cluster.client, seen, {}, status, STATUS_MANAGER);

  test('is written without a trace of its own in what else the object holds', async () => {
    const seen = await made('plain');
    const now = await write(seen, STATUS);
    expect(now).toMatchObject({ spec: seen.spec, status: STATUS, metadata: { generation: seen.metadata.generation } });
    const managers = JSON.stringify(now?.metadata.managedFields);
    expect(managers).toContain('"manager":"gotk-kustomize-controller","operation":"Update"');
    // Whoever applied the object has its fields as before.
    expect(managers).toContain('f:interval');
  });

  test('is written though the object changed since it was seen, and leaves that change alone', async () => {
    const seen = await made('changed');
    const change = { metadata: { annotations: { 'example.org/by': 'somebody' } } };
    await patchObject(cluster.client, reference('changed'), change, { fieldManager: 'somebody' });
    const now = await write(seen, STATUS);
    expect(now).toMatchObject({ status: STATUS, metadata: { annotations: change.metadata.annotations } });
  });

  test('is not written to another Kustomization that has its name meanwhile', async () => {
    const seen = await made('replaced');
    await deleteObject(cluster.client, reference('replaced'));
    const other = await made('replaced');
    expect(await write(seen, STATUS)).toBeUndefined();
    expect((await getObject(cluster.client, reference('replaced')))?.status).toEqual(other.status);
  });

  test('is not written where nothing changed, or the object is gone', async () => {
    const seen = await made('gone');
    expect(await write(seen, {})).toBeUndefined();
    await deleteObject(cluster.client, reference('gone'));
    expect(await write(seen, STATUS)).toBeUndefined();
  });
});
