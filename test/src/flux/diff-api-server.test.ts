/** What a diff says that the API server refuses, the real one refuses. */
import { beforeAll, expect, test } from '@jest/globals';
import { type Applied, diffSnapshots } from '../../../src/flux/index.ts';
import { applyObject, createClient, type KubeClient, loadAccess } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';

const namespace = 'diff-api-server-test';

describeWithControlPlane('a danger that the API server refuses', (sandbox) => {
  let client: KubeClient;
  const apply = (object: JsonObject) => applyObject(client, object, { fieldManager: 'test', force: true });

  beforeAll(async () => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  const claim = (storage: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  });
  const set = (storage: string): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace },
    spec: {
      replicas: 0,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db' }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
        },
      ],
    },
  });
  const definition = (...versions: readonly string[]): JsonObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.diff-api-server.example.org' },
    spec: {
      group: 'diff-api-server.example.org',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
      versions: versions.map((name, at) => ({
        name,
        served: true,
        storage: at === 0,
        schema: { openAPIV3Schema: { type: 'object' } },
      })),
    },
  });

  test.each([
    ['a claim that asks for less', claim('2Gi'), claim('1Gi')],
    ['volumeClaimTemplates of a StatefulSet', set('1Gi'), set('2Gi')],
    ['a version that goes in which objects are stored', definition('v1alpha1', 'v1'), definition('v1')],
  ])('is %s', async (_what, before, after) => {
    const side = (object: JsonObject): Applied => ({
      kustomization: 'flux-system/site',
      spec: {},
      objects: [object],
      isWhole: true,
    });
    expect(diffSnapshots([side(before)], [side(after)]).dangers).toEqual([
      expect.objectContaining({ kind: 'immutable', sentence: expect.stringContaining('the API server refuses that') }),
    ]);
    await apply(before);
    await expect(apply(after)).rejects.toMatchObject({ message: expect.stringMatching(/422|nvalid|orbidden/) });
  });
});
