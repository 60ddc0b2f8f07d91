import { identityOf, type JsonObject } from '../../manifest/index.ts';

/** fluxcd/pkg/ssa sort.go: what others need comes first, what judges others comes last. */
const FIRST = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
const RANK = new Map([
  ...FIRST.map((kind, at) => [kind, at] as const),
  ...LAST.map((kind, at) => [kind, 1000 + at] as const),
]);
const OTHERS = FIRST.length;

/** The order of apply within a stage (fluxcd/pkg/ssa: SortableUnstructureds): by kind, then namespace and name. */
export function inApplyOrder<T extends JsonObject>(objects: readonly T[]): readonly T[] {
  const keyed = objects.map((object) => ({ object, identity: identityOf(object) }));
  const rank = (kind: string): number => RANK.get(kind) ?? OTHERS;
  return keyed
    .sort(({ identity: a }, { identity: b }) => {
      const byRank = rank(a.kind) - rank(b.kind);
      if (byRank !== 0) return byRank;
      return (
        compare(a.group, b.group) ||
        compare(a.kind, b.kind) ||
        compare(a.namespace, b.namespace) ||
        compare(a.name, b.name)
      );
    })
    .map(({ object }) => object);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
