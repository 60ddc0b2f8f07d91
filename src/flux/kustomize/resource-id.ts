import { isObject, type JsonObject } from '../../manifest/index.ts';

/** Group, version and kind; '' stands for any in a selector (kustomize: resid.Gvk). */
export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What kustomize tells resources apart by (resid.ResId). */
export interface ResourceId extends Gvk {
  readonly name: string;
  /** The effective one: `default` where none is given, and NO_NAMESPACE for what has none. */
  readonly namespace: string;
}

export const NO_NAMESPACE = '_non_namespaceable_';

export function idOf(object: JsonObject): ResourceId {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const apiVersion = asText(object.apiVersion);
  const kind = asText(object.kind);
  const slash = apiVersion.indexOf('/');
  return {
    group: apiVersion.slice(0, Math.max(slash, 0)),
    version: apiVersion.slice(slash + 1),
    kind,
    name: asText(metadata.name),
    namespace: isClusterScoped(apiVersion, kind) ? NO_NAMESPACE : asText(metadata.namespace) || 'default',
  };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** resid.ResId.Equals. */
export function isSameId(a: ResourceId, b: ResourceId): boolean {
  return a.name === b.name && a.namespace === b.namespace && isSameGvk(a, b);
}

export function isSameGvk(a: Gvk, b: Gvk): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind;
}

export function idKey({ group, version, kind, name, namespace }: ResourceId): string {
  return [group, version, kind, namespace, name].join('\n');
}

/** resid.Gvk.IsSelected: empty parts of the selector match anything. */
export function isSelected(gvk: Gvk, selector: Gvk): boolean {
  return (
    (selector.group === '' || selector.group === gvk.group) &&
    (selector.version === '' || selector.version === gvk.version) &&
    (selector.kind === '' || selector.kind === gvk.kind)
  );
}

/**
 * True for what kustomize knows to have no namespace: the kinds of Kubernetes 1.21, by their exact version
 * (kyaml: openapi.IsCertainlyClusterScoped). Newer ones, and custom resources, have one to it.
 */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return CLUSTER_SCOPED.get(kind)?.includes(apiVersion) === true;
}

const CLUSTER_SCOPED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    MutatingWebhookConfiguration: versions('admissionregistration.k8s.io'),
    ValidatingWebhookConfiguration: versions('admissionregistration.k8s.io'),
    CustomResourceDefinition: versions('apiextensions.k8s.io'),
    APIService: versions('apiregistration.k8s.io'),
    CertificateSigningRequest: versions('certificates.k8s.io'),
    FlowSchema: ['flowcontrol.apiserver.k8s.io/v1beta1'],
    PriorityLevelConfiguration: ['flowcontrol.apiserver.k8s.io/v1beta1'],
    IngressClass: versions('networking.k8s.io'),
    RuntimeClass: versions('node.k8s.io'),
    PodSecurityPolicy: ['policy/v1beta1'],
    ClusterRole: versions('rbac.authorization.k8s.io'),
    ClusterRoleBinding: versions('rbac.authorization.k8s.io'),
    PriorityClass: versions('scheduling.k8s.io'),
    CSIDriver: versions('storage.k8s.io'),
    CSINode: versions('storage.k8s.io'),
    StorageClass: versions('storage.k8s.io'),
    VolumeAttachment: versions('storage.k8s.io'),
    ComponentStatus: ['v1'],
    Namespace: ['v1'],
    Node: ['v1'],
    NodeProxyOptions: ['v1'],
    PersistentVolume: ['v1'],
  }),
);

function versions(group: string): readonly string[] {
  return [`${group}/v1`, `${group}/v1beta1`];
}
