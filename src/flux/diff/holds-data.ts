import type { ObjectIdentity } from '../../manifest/index.ts';

/** Kinds, with their groups, whose deletion takes data with it, or all objects of a kind or namespace. */
const HOLDS_DATA: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: 'its volume may be deleted with it',
  PersistentVolume: 'its data may be deleted with it',
  Namespace: 'everything in it is deleted',
  'CustomResourceDefinition.apiextensions.k8s.io': 'every object of that kind is deleted',
  'StatefulSet.apps': 'its volumes may be left without an owner',
  'Cluster.postgresql.cnpg.io': 'its databases are deleted',
};

/** What becomes of data when such an object is deleted; undefined where it has none. */
export function lossOf({ kind, group }: Pick<ObjectIdentity, 'kind' | 'group'>): string | undefined {
  return HOLDS_DATA[group === '' ? kind : `${kind}.${group}`];
}
