import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createObject } from '../../../src/kube/index.ts';
import { type JsonObject, objectsOf } from '../../../src/manifest/index.ts';
import { DEFAULT_POLICY } from '../../../src/reconciler/index.ts';
import { jittered } from '../../../src/reconciler/policy.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'policy-test';

describeWithControlPlane('a policy', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  let cluster: Reconciled;

  beforeAll(async () => {
    const policy = {
      ...DEFAULT_POLICY,
      overrideManagers: ['operator'],
      customApplyStageKinds: ['Service'],
      failFast: false,
      strictSubstitutions: false,
      migrateApiVersion: true,
    };
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder, { policy });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('of override managers takes over what these wrote, as it does with kubectl', async () => {
    const made = (name: string, fieldManager: string) =>
      createObject(
        cluster.client,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...local }, data: { git: '0', own: 'x' } },
        { fieldManager },
      );
    // By the beginning of its name (ssa: matchFieldManager).
    await made('overridden', 'operator-two');
    await made('respected', 'another');
    await cluster.push({
      'managers/a.yaml': configMap('overridden', { git: '1' }, local),
      'managers/b.yaml': configMap('respected', { git: '1' }, local),
    });
    await cluster.kustomization('managers');
    await cluster.ready('managers');
    expect((await cluster.get('ConfigMap', 'overridden'))?.data).toEqual({ git: '1' });
    expect((await cluster.get('ConfigMap', 'respected'))?.data).toEqual({ git: '1', own: 'x' });
  });

  test('of custom stages applies their kinds first, and nothing after one that is refused', async () => {
    const service: JsonObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'early', ...local },
      spec: { ports: [{ port: 70_000 }] },
    };
    await cluster.push({ 'stage/a.yaml': manifest(service), 'stage/b.yaml': configMap('late', {}, local) });
    await cluster.kustomization('stage');
    expect(readyOf(await cluster.failed('stage', 'ReconciliationFailed'))).toContain(`Service/${NAMESPACE}/early`);
    expect(await cluster.get('ConfigMap', 'late')).toBeUndefined();
  });

  test('without failing fast waits for the others though one has failed', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } };
    const job: JsonObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'fails', ...local },
      spec: { activeDeadlineSeconds: 1, template },
    };
    await cluster.push({ 'slow/a.yaml': manifest(job) });
    const healthChecks = [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'fails', ...local },
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'slow', ...local },
    ];
    await cluster.kustomization('slow', { healthChecks });
    await cluster.until('the Job to fail', async () =>
      JSON.stringify((await cluster.get('Job', 'fails', 'batch'))?.status ?? {}).includes('"Failed"'),
    );
    const isBeingChecked = (status: JsonObject): boolean => conditionOf(status, 'Healthy').startsWith('Unknown');
    await cluster.status('slow', isBeingChecked);
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'slow', ...local } });
    expect(readyOf(await cluster.failed('slow', 'HealthCheckFailed'))).toContain(
      `failed early due to stalled resources: [Job/${NAMESPACE}/fails status: 'Failed']`,
    );
  });

  test('without strict substitution makes nothing of a variable that is not set', async () => {
    await cluster.push({ 'lax/a.yaml': configMap('lax', { key: 'a${unset}b', other: '${set}' }, local) });
    await cluster.kustomization('lax', { postBuild: { substitute: { set: 'value' } } });
    await cluster.ready('lax');
    expect((await cluster.get('ConfigMap', 'lax'))?.data).toEqual({ key: 'ab', other: 'value' });
  });

  test('of migration makes the version of what others wrote that which is applied', async () => {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = ['v1beta1', 'v1'].map((name) => ({ name, served: true, storage: name === 'v1', schema }));
    const gadget = (version: string, spec: JsonObject): JsonObject => ({
      apiVersion: `policy.example.org/${version}`,
      kind: 'Gadget',
      metadata: { name: 'gadget', ...local },
      spec,
    });
    await cluster.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gadgets.policy.example.org' },
      spec: {
        group: 'policy.example.org',
        scope: 'Namespaced',
        names: { plural: 'gadgets', kind: 'Gadget' },
        versions,
      },
    });
    const options = { fieldManager: 'somebody' };
    await cluster.until('the kind', async () => {
      await cluster.client.discovery.refresh();
      return cluster.apply(gadget('v1beta1', { theirs: 'x' }), options).then(
        () => true,
        () => false,
      );
    });
    await cluster.push({ 'gadget/a.yaml': manifest(gadget('v1', { git: 'y' })) });
    await cluster.kustomization('gadget');
    await cluster.ready('gadget');
    const made = await cluster.get('Gadget', 'gadget', 'policy.example.org');
    expect(made?.spec).toEqual({ theirs: 'x', git: 'y' });
    const written = objectsOf(made?.metadata.managedFields).map(({ manager, apiVersion }) => [manager, apiVersion]);
    // They stand in the order of their times, which are of seconds.
    expect(written.sort()).toEqual([
      ['kustomize-controller', 'policy.example.org/v1'],
      ['somebody', 'policy.example.org/v1'],
    ]);
    await cluster.deleteKustomization('gadget');
    await cluster.delete('CustomResourceDefinition', 'gadgets.policy.example.org', 'apiextensions.k8s.io');
  });
});

test('an interval is up to so many percent longer or shorter than it says, so that not all end at once', () => {
  const policy = { ...DEFAULT_POLICY, intervalJitter: 10 };
  expect([0, 0.5, 1].map((random) => jittered(1000, policy, () => random))).toEqual([900, 1000, 1100]);
  expect(DEFAULT_POLICY.intervalJitter).toBe(5);
  expect(jittered(1000, { ...policy, intervalJitter: 0 })).toBe(1000);
});
