import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteObject, isApiError, patchObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, Reconciled, readyOf, says } from '../../support/reconciled.ts';

const NAMESPACE = 'prune-test';

describeWithControlPlane('an object that a commit takes away', (sandbox) => {
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

  const referenceOf = (name: string) => ({ group: '', kind: 'ConfigMap', namespace: NAMESPACE, name });
  const patch = async (name: string, metadata: JsonObject) =>
    patchObject(cluster.client, referenceOf(name), { metadata }, { fieldManager: 'somebody' });
  const entry = (name: string) => ({ id: `${NAMESPACE}_${name}__ConfigMap`, v: 'v1' });
  /** Two objects of a Kustomization, of which the next commit takes the second away. */
  const make = async (name: string, spec: JsonObject = {}) => {
    await cluster.push({
      [`${name}/a.yaml`]: configMap(`${name}-kept`, {}, local),
      [`${name}/b.yaml`]: configMap(name, {}, local),
    });
    await cluster.kustomization(name, spec);
    await cluster.ready(name);
  };
  const takeAway = async (name: string) => cluster.push({ [`${name}/b.yaml`]: undefined });

  test.each([
    ['prune', 'disabled'],
    ['prune', 'Disabled'],
    ['reconcile', 'disabled'],
    ['ssa', 'Ignore'],
  ])('stays where it says %s: %s in the cluster', async (name, value) => {
    const object = `stays-${name}-${value.toLowerCase()}-${value === 'Disabled' ? 'label' : 'annotation'}`;
    await make(object);
    await patch(object, { [value === 'Disabled' ? 'labels' : 'annotations']: says(name, value) });
    await takeAway(object);
    const status = await cluster.ready(object);
    expect(status.inventory).toEqual({ entries: [entry(`${object}-kept`)] });
    expect(await cluster.get('ConfigMap', object)).toBeDefined();
  });

  test('stays where its labels name another Kustomization', async () => {
    await make('foreign');
    await cluster.kustomization('foreign', { suspend: true });
    await patch('foreign', { labels: says('name', 'other') });
    await takeAway('foreign');
    await cluster.kustomization('foreign', { suspend: false });
    const status = await cluster.ready('foreign');
    expect(status.inventory).toEqual({ entries: [entry('foreign-kept')] });
    expect(await cluster.get('ConfigMap', 'foreign')).toBeDefined();
  });

  test('stays, and is forgotten, with prune: false', async () => {
    await make('forgotten', { prune: false });
    await takeAway('forgotten');
    const status = await cluster.ready('forgotten');
    expect(status.inventory).toEqual({ entries: [entry('forgotten-kept')] });
    await cluster.kustomization('forgotten', { prune: true });
    await cluster.status('forgotten', ({ observedGeneration }) => observedGeneration === 2);
    expect(await cluster.get('ConfigMap', 'forgotten')).toBeDefined();
  });

  test('that was deleted by somebody before is no failure', async () => {
    await make('gone');
    await cluster.kustomization('gone', { suspend: true });
    await cluster.delete('ConfigMap', 'gone');
    await takeAway('gone');
    await cluster.kustomization('gone', { suspend: false });
    const status = await cluster.ready('gone');
    expect(status.inventory).toEqual({ entries: [entry('gone-kept')] });
    expect(
      cluster.changes.filter(({ operation, object }) => operation === 'deleted' && object.name === 'gone'),
    ).toEqual([]);
  });

  test('is told of in the audit log and in an event', async () => {
    await make('told');
    await takeAway('told');
    const revision = await cluster.revision();
    await cluster.ready('told');
    const deletions = cluster.changes.filter(
      ({ operation, object }) => operation === 'deleted' && object.name === 'told',
    );
    expect(deletions).toMatchObject([{ kustomization: `${NAMESPACE}/told`, revision, cause: 'commit', fields: [] }]);
    await cluster.until('the event', async () =>
      (await cluster.events('told')).includes(`Normal Progressing ConfigMap/${NAMESPACE}/told deleted`),
    );
  });

  test('and that a finalizer holds holds up nobody', async () => {
    await make('held');
    await patch('held', { finalizers: ['example.com/held'] });
    await takeAway('held');
    const status = await cluster.ready('held');
    expect(status.inventory).toEqual({ entries: [entry('held-kept')] });
    expect((await cluster.get('ConfigMap', 'held'))?.metadata.deletionTimestamp).toBeDefined();
    await patch('held', { finalizers: null });
    await cluster.gone('ConfigMap', 'held');
  });

  test('and that the API server does not let go of stays in the inventory, and goes when it does', async () => {
    const spec = { retryInterval: '2s' };
    await make('protected', spec);
    await cluster.push({ 'protected/c.yaml': configMap('unprotected', {}, local) });
    await cluster.ready('protected');
    await forbidDeletion('prune-test', 'protected');
    await cluster.push({ 'protected/b.yaml': undefined, 'protected/c.yaml': undefined });
    const status = await cluster.failed('protected', 'PruneFailed');
    expect(readyOf(status)).toMatch(
      new RegExp(`^False PruneFailed: ConfigMap/${NAMESPACE}/protected delete failed: .*it is protected`),
    );
    expect(status.inventory).toEqual({ entries: [entry('protected-kept'), entry('protected')] });
    expect(await cluster.get('ConfigMap', 'unprotected')).toBeUndefined();
    expect(await cluster.get('ConfigMap', 'protected')).toBeDefined();
    await allowDeletion('prune-test');
    expect(await cluster.ready('protected')).toMatchObject({ inventory: { entries: [entry('protected-kept')] } });
    expect(await cluster.get('ConfigMap', 'protected')).toBeUndefined();
  });

  test('and that another Kustomization has from then on is never deleted where that comes first', async () => {
    await make('from');
    await cluster.push({ 'to/a.yaml': configMap('to', {}, local) });
    await cluster.kustomization('to');
    await cluster.ready('to');
    await cluster.kustomization('from', { dependsOn: [{ name: 'to' }] });
    await cluster.status('from', ({ observedGeneration }) => observedGeneration === 2);
    const before = await cluster.get('ConfigMap', 'from');
    await cluster.push({ 'from/b.yaml': undefined, 'to/b.yaml': configMap('from', {}, local) });
    const [from, to] = [await cluster.ready('from'), await cluster.ready('to')];
    const moved = await cluster.get('ConfigMap', 'from');
    expect(moved?.metadata.uid).toBe(before?.metadata.uid);
    expect(moved?.metadata.labels).toMatchObject(says('name', 'to'));
    expect(from.inventory).toEqual({ entries: [entry('from-kept')] });
    expect(to.inventory).toEqual({ entries: [entry('from'), entry('to')] });
  });

  test('and that another Kustomization has from then on is there in the end, whichever of them comes first', async () => {
    await make('left');
    await cluster.push({ 'right/a.yaml': configMap('right', {}, local) });
    await cluster.kustomization('right');
    await cluster.ready('right');
    await cluster.push({ 'left/b.yaml': undefined, 'right/b.yaml': configMap('left', {}, local) });
    await Promise.all([cluster.ready('left'), cluster.ready('right')]);
    await cluster.until('the object', async () => {
      const object = await cluster.get('ConfigMap', 'left');
      return object !== undefined && object.metadata.deletionTimestamp === undefined;
    });
    expect((await cluster.get('ConfigMap', 'left'))?.metadata.labels).toMatchObject(says('name', 'right'));
  });

  /** The API server refuses to delete the ConfigMap, by an admission policy. */
  async function forbidDeletion(policy: string, name: string): Promise<void> {
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: policy },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: `oldObject.metadata.name != '${name}'`, message: 'it is protected' }],
      },
    });
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: policy },
      spec: { policyName: policy, validationActions: ['Deny'] },
    });
    await cluster.until('the policy', async () => {
      try {
        await deleteObject(cluster.client, referenceOf(name), { dryRun: true });
        return false;
      } catch (error) {
        if (isApiError(error)) return true;
        throw error;
      }
    });
  }

  async function allowDeletion(policy: string): Promise<void> {
    const group = 'admissionregistration.k8s.io';
    for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']) {
      await deleteObject(cluster.client, { group, kind, namespace: '', name: policy });
    }
  }
});
