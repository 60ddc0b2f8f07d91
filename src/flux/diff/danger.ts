import { formatIdentity, isObject, type Json, type JsonObject, listOf } from '../../manifest/index.ts';
import type { ObjectChange } from './diff.ts';
import { protection } from './prune.ts';
import { versionDangers } from './crd-versions.ts';
import { lossOf } from './holds-data.ts';
import { ownerDangers } from './owner-dangers.ts';
import { shrinks } from './shrinks.ts';
import { isGenerated } from './renames.ts';
import { ownerOf, type Snapshot } from './snapshot.ts';

/** Something that a person should know before the change is merged. */
export interface Danger {
  readonly kind:
    'refused' | 'data-loss' | 'immutable' | 'unserved' | 'rbac' | 'prune-protection' | 'recreated' | 'suspended';
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly sentence: string;
}

const ORDER: readonly Danger['kind'][] = [
  'refused',
  'data-loss',
  'recreated',
  'immutable',
  'unserved',
  'rbac',
  'prune-protection',
  'suspended',
];

/** Fields that the API server lets nobody change, by kind: pointers, where `*` stands for one step. */
const IMMUTABLE: Readonly<Record<string, readonly RegExp[]>> = {
  Deployment: [/^\/spec\/selector/],
  ReplicaSet: [/^\/spec\/selector/],
  DaemonSet: [/^\/spec\/selector/],
  StatefulSet: [/^\/spec\/(?:selector|serviceName|podManagementPolicy|volumeClaimTemplates)/],
  Job: [/^\/spec\/(?:template|selector|completionMode)/],
  PersistentVolumeClaim: [
    /^\/spec\/(?:accessModes|selector|storageClassName|volumeMode|volumeName|dataSource|dataSourceRef)/,
  ],
  Secret: [/^\/type$/],
  PriorityClass: [/^\/(?:value|preemptionPolicy)$/],
  IngressClass: [/^\/spec\/controller$/],
  StorageClass: [/^\/(?:provisioner|parameters|reclaimPolicy|volumeBindingMode)/],
  RoleBinding: [/^\/roleRef/],
  ClusterRoleBinding: [/^\/roleRef/],
  Service: [/^\/spec\/clusterIPs?$/],
  CustomResourceDefinition: [/^\/spec\/(?:group|scope|names\/(?:plural|kind))/],
};

export function dangersOf(changes: readonly ObjectChange[], before: Snapshot, after: Snapshot): readonly Danger[] {
  const specs = new Map(after.map((one) => [ownerOf(one), one.release === undefined ? one.spec : {}]));
  const found = [
    ...changes.flatMap((change) => dangersOfChange(change, specs.get(ownerOf(change))?.force === true)),
    ...changes.flatMap((change) => versionDangers(change, after)),
    ...movesOf(changes),
    ...ownerDangers(before, after),
  ];
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** @param isForced whether its Kustomization makes anew what cannot be changed: `spec.force` */
function dangersOfChange(change: ObjectChange, isForced: boolean): readonly Danger[] {
  const object = formatIdentity(change.identity);
  const { kind } = change.identity;
  const dangers: Danger[] = [];
  const add = (danger: Danger['kind'], sentence: string): void => {
    dangers.push({ kind: danger, object, sentence });
  };
  const loss = lossOf(change.identity);
  if (change.change === 'removed' && change.kept === undefined && loss !== undefined) {
    add('data-loss', `It is deleted, and ${loss}.`);
  }
  if (change.change === 'moved' && loss !== undefined) {
    add(
      'data-loss',
      `It moves from ${change.from ?? ''} to ${ownerOf(change)}: ${IF_PRUNED_FIRST} it is deleted, and ${loss}.`,
    );
  }
  const { before, after, previous } = change;
  if (previous !== undefined && !isGenerated(change, { identity: previous })) {
    const old = formatIdentity(previous);
    if (change.kept !== undefined) add('recreated', `It is made anew in place of ${old}, which stays: ${change.kept}.`);
    else if (loss === undefined) add('recreated', `It is made anew, and ${old} is deleted.`);
    else add('data-loss', `It is made anew, and ${old} is deleted, and ${loss}.`);
  }
  if (before === undefined || after === undefined || previous !== undefined) {
    if (after !== undefined && isBinding(kind) && bindsToAdmin(after))
      add('rbac', 'It gives all rights of cluster-admin.');
    return dangers;
  }
  const frozen = change.differences.filter(({ pointer }) => IMMUTABLE[kind]?.some((field) => field.test(pointer)));
  const shrunk = change.differences.filter((difference) => shrinks(change.identity, difference));
  if (frozen.length + shrunk.length > 0) {
    const fields = [...frozen, ...shrunk].map(({ pointer }) => pointer.slice(1).replaceAll('/', '.')).join(', ');
    const isAnew = isForced || forces(after);
    const force = isAnew ? 'it is deleted and made anew, since it is forced' : 'the API server refuses that';
    const cannot = frozen.length > 0 ? 'cannot be changed' : 'cannot be made smaller';
    if (isAnew && loss !== undefined) add('data-loss', `${fields} ${cannot}: ${force}, and ${loss}.`);
    else add('immutable', `${fields} ${cannot}: ${force}.`);
  }
  if ((kind === 'ConfigMap' || kind === 'Secret') && before.immutable === true && change.differences.length > 0) {
    add('immutable', 'It is immutable: the API server refuses the change.');
  }
  if (widens(kind, before, after)) add('rbac', 'It gives more rights than before.');
  if (protection(before) !== undefined && protection(after) === undefined) {
    add('prune-protection', 'What kept it from being deleted is gone.');
  }
  if (isSuspended(after) && !isSuspended(before)) add('suspended', 'It is suspended from now on.');
  return dangers;
}

const IF_PRUNED_FIRST = 'if the old one prunes before the new one applies,';

/** What moves from one owner to another, told once. */
function movesOf(changes: readonly ObjectChange[]): readonly Danger[] {
  const moved = changes.filter(({ change, identity }) => change === 'moved' && lossOf(identity) === undefined);
  const ways = Map.groupBy(moved, (change) => `${change.from ?? ''} to ${ownerOf(change)}`);
  return Array.from(ways, ([way, own]): Danger => {
    const [first] = own.map(({ identity }) => formatIdentity(identity));
    const others = own.length - 1;
    const object = `${first ?? ''}${others === 0 ? '' : ` and ${others} more`}`;
    const [moves, isDeleted] = others === 0 ? ['It moves', 'it is'] : ['They move', 'they are'];
    const sentence = `${moves} from ${way}: ${IF_PRUNED_FIRST} ${isDeleted} deleted and made anew.`;
    return { kind: 'recreated', object, sentence };
  });
}

function forces(object: JsonObject): boolean {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const force = annotations['kustomize.toolkit.fluxcd.io/force'];
  return typeof force === 'string' && force.toLowerCase() === 'enabled';
}

function isSuspended({ spec }: JsonObject): boolean {
  return isObject(spec) && spec.suspend === true;
}

function isBinding(kind: string): boolean {
  return kind === 'RoleBinding' || kind === 'ClusterRoleBinding';
}

function bindsToAdmin({ roleRef }: JsonObject): boolean {
  return isObject(roleRef) && roleRef.name === 'cluster-admin';
}

/** Whether a role has a rule, or a binding a subject, that it did not have. */
function widens(kind: string, before: JsonObject, after: JsonObject): boolean {
  if (kind === 'Role' || kind === 'ClusterRole') {
    const had = grants(before.rules);
    return [...grants(after.rules)].some((grant) => !had.has(grant));
  }
  if (!isBinding(kind)) return false;
  const had = new Set(listOf(before.subjects).map((subject) => JSON.stringify(subject)));
  return listOf(after.subjects).some((subject) => !had.has(JSON.stringify(subject)));
}

/** A rule as each single right that it grants. */
function grants(rules: Json | undefined): ReadonlySet<string> {
  const found = listOf(rules).flatMap((rule) => {
    if (!isObject(rule)) return [];
    const { apiGroups, resources, verbs, resourceNames, nonResourceURLs } = rule;
    const names = resourceNames === undefined ? ['*'] : listOf(resourceNames);
    const targets = [
      ...listOf(apiGroups).flatMap((group) => listOf(resources).map((resource) => [group, resource])),
      ...listOf(nonResourceURLs).map((url) => ['', url]),
    ];
    return targets.flatMap((target) =>
      listOf(verbs).flatMap((verb) => names.map((name) => JSON.stringify([...target, verb, name]))),
    );
  });
  return new Set(found);
}
