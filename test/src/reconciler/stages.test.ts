import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'stages-test';
const GROUP = 'stages-test.example.com';

describeWithControlPlane('a Kustomization is applied in stages', (sandbox) => {
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

  const ofKustomization = (name: string) =>
    cluster.changes.filter(({ kustomization }) => kustomization === `${NAMESPACE}/${name}`);

  test('a definition before the objects of its kind, which one folder holds', async () => {
    await cluster.push({
      'together/a.yaml': custom('Gadget', 'one'),
      'together/b.yaml': definition('Gadget'),
    });
    await cluster.kustomization('together');
    const status = await cluster.ready('together');
    expect(status.inventory).toEqual({
      entries: [
        { id: `_gadgets.${GROUP}_apiextensions.k8s.io_CustomResourceDefinition`, v: 'v1' },
        { id: `${NAMESPACE}_one_${GROUP}_Gadget`, v: 'v1' },
      ],
    });
    expect(await cluster.get('Gadget', 'one', GROUP)).toBeDefined();
  });

  test('namespaces and roles first, then classes, then the rest with webhooks last', async () => {
    const inner = 'stages-test-inner';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
    await cluster.push({
      'ordered/a.yaml': manifest({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'stages-test' },
      }),
      'ordered/b.yaml': configMap('inner', {}, { namespace: inner }),
      'ordered/c.yaml': manifest({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'stages-test' },
        value: 1,
      }),
      'ordered/d.yaml': manifest({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'stages-test' },
        rules,
      }),
      'ordered/e.yaml': manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: inner } }),
    });
    await cluster.kustomization('ordered');
    await cluster.ready('ordered');
    expect(ofKustomization('ordered').map(({ object }) => object.kind)).toEqual([
      'Namespace',
      'ClusterRole',
      'PriorityClass',
      'ConfigMap',
      'ValidatingWebhookConfiguration',
    ]);
  });

  test('nothing of a stage after one that is refused', async () => {
    await cluster.push({
      'held/a.yaml': configMap('held', {}, local),
      'held/b.yaml': manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'Not-A-Name' } }),
    });
    await cluster.kustomization('held');
    const status = await cluster.failed('held', 'ReconciliationFailed');
    expect(readyOf(status)).toContain('Namespace/Not-A-Name apply failed (Invalid): ');
    expect(await cluster.get('ConfigMap', 'held')).toBeUndefined();
  });

  test('and one whose kind is not there goes on when somebody else defines it', async () => {
    await cluster.push({
      'early/a.yaml': custom('Gizmo', 'one'),
      'definitions/a.yaml': definition('Gizmo'),
    });
    await cluster.kustomization('early');
    const status = await cluster.failed('early', 'ReconciliationFailed');
    expect(readyOf(status)).toContain(`Gizmo/${NAMESPACE}/one apply failed`);
    await cluster.kustomization('definitions');
    await cluster.ready('early');
    expect(await cluster.get('Gizmo', 'one', GROUP)).toBeDefined();
  });
});

function definition(kind: string): string {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return manifest({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, plural: `${singular}s`, singular },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

function custom(kind: string, name: string): string {
  return manifest({ apiVersion: `${GROUP}/v1`, kind, metadata: { name, namespace: NAMESPACE }, spec: {} });
}
