import type { ApiObject } from 'cdk8s';

/** Kinds of Kubernetes whose names other groups are known to use for kinds of their own (Knative's Service). */
const SHADOWED_KINDS = new Set([
  'ConfigMap',
  'Deployment',
  'Event',
  'Ingress',
  'Job',
  'Namespace',
  'NetworkPolicy',
  'Node',
  'Pod',
  'Role',
  'Secret',
  'Service',
  'ServiceAccount',
]);

/**
 * The file of an object in its folder. It depends on nothing but the object and the folder's owner, so that it stays
 * when others come and go: `deployment.yaml` for the object that bears the owner's name, `service-milvus-headless.yaml`
 * for any other, with the group behind the kind where Kubernetes has a kind of that name itself, and the namespace at
 * the end where it is not the owner's.
 */
export function fileName(object: ApiObject, owner: string, namespace: string): string {
  const kind = object.kind.toLowerCase();
  const group = object.apiGroup;
  const isForeign = SHADOWED_KINDS.has(object.kind) && !isBuiltInGroup(group);
  const parts = [isForeign ? `${kind}.${group}` : kind];
  // Beside every object lies a kustomization.yaml that lists it.
  if (object.name !== owner || object.kind === 'Kustomization') parts.push(fileSafe(object.name));
  const own = object.metadata.namespace;
  const suffix = own === undefined || own === '' || own === namespace ? '' : `.${own}`;
  return `${parts.join('-')}${suffix}.yaml`;
}

function isBuiltInGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** RBAC names may hold `:` (`system:metrics-reader`), which not every file system allows. */
function fileSafe(name: string): string {
  return name.replaceAll(':', '_');
}
