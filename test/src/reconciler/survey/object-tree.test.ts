import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../../src/kube/index.ts';
import { formatIdentity, identityKey, identityOf } from '../../../../src/manifest/index.ts';
import {
  fluxObjects,
  type LiveInventory,
  managedObjects,
  type ObjectNode,
  objectTree,
  rootsOf,
} from '../../../../src/reconciler/index.ts';

const READY = [{ type: 'Ready', status: 'True', reason: 'x', message: '', lastTransitionTime: '' }];

/** A Kustomization with the ids that Flux writes into its inventory. */
function kustomization(name: string, ids: readonly string[], spec = {}): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system', uid: name },
    spec,
    status: { conditions: READY, inventory: { entries: ids.map((id) => ({ id, v: 'v1' })) } },
  };
}

const KS = 'kustomize.toolkit.fluxcd.io_Kustomization';
const release: KubeObject = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'db', namespace: 'data', uid: 'db' },
  status: { inventory: { entries: [{ id: 'data_db_apps_StatefulSet', v: 'v1' }] } },
};
const objects = fluxObjects([
  kustomization('cluster', [`flux-system_cluster_${KS}`, `flux-system_apps_${KS}`]),
  kustomization('apps', ['_web__Namespace', 'web_site__ConfigMap', 'data_db_helm.toolkit.fluxcd.io_HelmRelease']),
  kustomization('remote', ['web_site__ConfigMap'], { kubeConfig: { secretRef: { name: 'x' } } }),
  release,
]);
const [cluster] = objects;

function lines({ identity, health, children, note }: ObjectNode, depth = 0): readonly string[] {
  const said = [formatIdentity(identity), health?.status ?? 'unknown', note].filter(Boolean).join(' ');
  return [`${'  '.repeat(depth)}${said}`, ...children.flatMap((child) => lines(child, depth + 1))];
}

describe('the tree of what hangs on what', () => {
  const configMap: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'site', namespace: 'web', uid: 'site' },
  };
  const live: LiveInventory = new Map<string, KubeObject | 'gone' | 'unreadable'>([
    [identityKey({ group: '', kind: 'Namespace', namespace: '', name: 'web' }), 'unreadable'],
    [identityKey(identityOf(configMap)), configMap],
    [identityKey({ group: 'apps', kind: 'StatefulSet', namespace: 'data', name: 'db' }), 'gone'],
  ]);

  test('goes from a Kustomization over those that it applies to the objects of HelmReleases, with the health of each', () => {
    if (cluster === undefined) throw new Error('no root');
    expect(lines(objectTree(cluster, objects, live, 0))).toEqual([
      'Kustomization/flux-system/cluster Current',
      '  Kustomization/flux-system/apps Current',
      '    Namespace/web unknown',
      '    ConfigMap/web/site Current',
      '    HelmRelease/data/db InProgress',
      '      StatefulSet/data/db NotFound',
    ]);
  });

  test('begins with what no other one manages: one that applies itself is a beginning all the same', () => {
    expect(rootsOf(objects).map(({ identity }) => identity.name)).toEqual(['cluster', 'remote']);
  });

  test('says of a Kustomization of another cluster that its objects are there', () => {
    const [, remote] = rootsOf(objects);
    if (remote === undefined) throw new Error('no remote');
    expect(lines(objectTree(remote, objects, live, 0))).toEqual([
      'Kustomization/flux-system/remote Current in another cluster',
    ]);
    expect(managedObjects([remote])).toEqual([]);
  });
});
