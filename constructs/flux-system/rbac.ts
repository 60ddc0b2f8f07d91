import type { ApiObjectProps } from 'cdk8s';
import type { FluxComponent } from './components.ts';

const RBAC = 'rbac.authorization.k8s.io';
const FLUX_GROUPS = ['source', 'kustomize', 'helm', 'notification', 'image'].map((name) => `${name}.toolkit.fluxcd.io`);
const EXTENSIONS = 'source.extensions.fluxcd.io';
const READ = ['get', 'list', 'watch'];
const WRITE = [...READ, 'create', 'update', 'patch', 'delete'];

/** What the controllers may do, and what Flux adds to Kubernetes' own roles for people. */
export function rbac(components: readonly FluxComponent[], namespace: string, labels: Labels): ApiObjectProps[] {
  const accounts = (names: readonly FluxComponent[]) =>
    names.filter((name) => components.includes(name)).map((name) => ({ kind: 'ServiceAccount', name, namespace }));
  return [
    clusterRole('crd-controller', labels, [
      ...[...FLUX_GROUPS, EXTENSIONS].map((group) => rule([group], ['*'], ['*'])),
      rule([''], ['namespaces', 'secrets', 'configmaps', 'serviceaccounts'], READ),
      rule([''], ['events'], ['create', 'patch']),
      rule([''], ['configmaps'], WRITE),
      rule([''], ['configmaps/status'], ['get', 'update', 'patch']),
      rule(['coordination.k8s.io'], ['leases'], WRITE),
      rule([''], ['serviceaccounts/token'], ['create']),
      // Whether the API server has priority and fairness, so that the client need not hold itself back.
      { nonResourceURLs: ['/livez/ping'], verbs: ['head'] },
    ]),
    peopleRole('flux-edit', ['admin', 'edit'], ['create', 'delete', 'deletecollection', 'patch', 'update'], labels),
    peopleRole('flux-view', ['admin', 'edit', 'view'], READ, labels),
    binding('cluster-reconciler', 'cluster-admin', accounts(['kustomize-controller', 'helm-controller']), labels),
    binding(
      'crd-controller',
      'crd-controller',
      accounts([
        'kustomize-controller',
        'helm-controller',
        'source-controller',
        'notification-controller',
        'image-reflector-controller',
        'image-automation-controller',
        'source-watcher',
      ]),
      labels,
    ),
  ];
}

type Labels = Record<string, string>;

function rule(apiGroups: string[], resources: string[], verbs: string[]): object {
  return { apiGroups, resources, verbs };
}

function clusterRole(name: string, labels: Labels, rules: readonly object[]): ApiObjectProps {
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

/** A role that Kubernetes adds to its own ones, so that who may edit a namespace may edit Flux's objects in it. */
function peopleRole(name: string, roles: readonly string[], verbs: string[], labels: Labels): ApiObjectProps {
  const aggregate = Object.fromEntries(roles.map((role) => [`${RBAC}/aggregate-to-${role}`, 'true']));
  const groups = ['notification', 'source', 'helm', 'image', 'kustomize'].map((group) => `${group}.toolkit.fluxcd.io`);
  groups.splice(2, 0, EXTENSIONS);
  return clusterRole(name, { ...labels, ...aggregate }, [rule(groups, ['*'], verbs)]);
}

function binding(name: string, role: string, subjects: readonly object[], labels: Labels): ApiObjectProps {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects,
  };
}
