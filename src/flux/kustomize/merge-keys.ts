/**
 * Which lists of built-in kinds are merged item by item, and by which fields (x-kubernetes-patch-strategy and
 * -merge-key of the OpenAPI schema of Kubernetes 1.21, which kustomize has built in). Only what leads to such lists is
 * listed. Lists of other kinds are replaced as a whole.
 */
export interface MergedList {
  /** None for a list of plain values. */
  readonly keys: readonly string[];
  /** The type of its items. */
  readonly of: string;
}

export type Schema = Readonly<Record<string, string | MergedList>>;

const by = (keys: string, of = ''): MergedList => ({ keys: keys === '' ? [] : keys.split(' '), of });
const CONDITIONS = { conditions: by('type') };
const METADATA = { metadata: 'ObjectMeta' };
const WORKLOAD_SPEC = { template: 'PodTemplateSpec' };
const CONTAINER = { env: by('name'), volumeDevices: by('devicePath'), volumeMounts: by('mountPath') };

const TYPES: Readonly<Record<string, Schema>> = {
  ObjectMeta: { finalizers: by(''), ownerReferences: by('uid') },
  Conditions: CONDITIONS,
  Metadata: METADATA,
  Webhooks: { ...METADATA, webhooks: by('name') },
  Workload: { ...METADATA, spec: 'WorkloadSpec', status: 'Conditions' },
  WorkloadSpec: WORKLOAD_SPEC,
  CronJob: { ...METADATA, spec: 'CronJobSpec' },
  CronJobSpec: { jobTemplate: 'JobTemplateSpec' },
  JobTemplateSpec: { ...METADATA, spec: 'WorkloadSpec' },
  ComponentStatus: { ...METADATA, ...CONDITIONS },
  Node: { ...METADATA, spec: 'NodeSpec', status: 'NodeStatus' },
  NodeSpec: { podCIDRs: by('') },
  NodeStatus: { ...CONDITIONS, addresses: by('type') },
  WithConditions: { ...METADATA, status: 'Conditions' },
  Pod: { ...METADATA, spec: 'PodSpec', status: 'PodStatus' },
  PodStatus: { ...CONDITIONS, podIPs: by('ip') },
  PodTemplate: { ...METADATA, ...WORKLOAD_SPEC },
  PodTemplateSpec: { ...METADATA, spec: 'PodSpec' },
  PodSpec: {
    containers: by('name', 'Container'),
    initContainers: by('name', 'Container'),
    ephemeralContainers: by('name', 'EphemeralContainer'),
    hostAliases: by('ip'),
    imagePullSecrets: by('name'),
    topologySpreadConstraints: by('topologyKey whenUnsatisfiable'),
    volumes: by('name', 'Volume'),
  },
  Container: { ...CONTAINER, ports: by('containerPort protocol') },
  EphemeralContainer: CONTAINER,
  Volume: { ephemeral: 'EphemeralVolume' },
  EphemeralVolume: { volumeClaimTemplate: 'Metadata' },
  Service: { ...METADATA, spec: 'ServiceSpec', status: 'Conditions' },
  ServiceSpec: { ports: by('port protocol') },
  ServiceAccount: { ...METADATA, secrets: by('name') },
  CSINode: { ...METADATA, spec: 'CSINodeSpec' },
  CSINodeSpec: { drivers: by('name') },
  Kustomization: { configMapGenerator: by('name'), secretGenerator: by('name') },
};

const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries<Readonly<Record<string, string>>>({
    'admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1': {
      Webhooks: 'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    },
    'apps/v1': { Workload: 'DaemonSet Deployment ReplicaSet StatefulSet', Metadata: 'ControllerRevision' },
    'batch/v1': { Workload: 'Job', CronJob: 'CronJob' },
    'batch/v1beta1': { CronJob: 'CronJob' },
    v1: {
      Workload: 'ReplicationController',
      ComponentStatus: 'ComponentStatus',
      Node: 'Node',
      WithConditions: 'Namespace PersistentVolumeClaim',
      Pod: 'Pod',
      PodTemplate: 'PodTemplate',
      Service: 'Service',
      ServiceAccount: 'ServiceAccount',
      Metadata: 'Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret',
    },
    'policy/v1': { WithConditions: 'PodDisruptionBudget' },
    'policy/v1beta1': { WithConditions: 'PodDisruptionBudget', Metadata: 'Eviction PodSecurityPolicy' },
    'apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1': { WithConditions: 'APIService' },
    'storage.k8s.io/v1': { CSINode: 'CSINode', Metadata: 'CSIDriver StorageClass VolumeAttachment' },
    'storage.k8s.io/v1beta1': {
      CSINode: 'CSINode',
      Metadata: 'CSIDriver CSIStorageCapacity StorageClass VolumeAttachment',
    },
    'authentication.k8s.io/v1': { Metadata: 'TokenRequest TokenReview' },
    'authentication.k8s.io/v1beta1': { Metadata: 'TokenReview' },
    'authorization.k8s.io/v1 authorization.k8s.io/v1beta1': {
      Metadata: 'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
    },
    'autoscaling/v1': { Metadata: 'HorizontalPodAutoscaler Scale' },
    'autoscaling/v2beta1 autoscaling/v2beta2': { Metadata: 'HorizontalPodAutoscaler' },
    'certificates.k8s.io/v1 certificates.k8s.io/v1beta1': { Metadata: 'CertificateSigningRequest' },
    'coordination.k8s.io/v1 coordination.k8s.io/v1beta1': { Metadata: 'Lease' },
    'discovery.k8s.io/v1 discovery.k8s.io/v1beta1': { Metadata: 'EndpointSlice' },
    'events.k8s.io/v1 events.k8s.io/v1beta1': { Metadata: 'Event' },
    'extensions/v1beta1': { Metadata: 'Ingress' },
    'flowcontrol.apiserver.k8s.io/v1beta1': { Metadata: 'FlowSchema PriorityLevelConfiguration' },
    'networking.k8s.io/v1': { Metadata: 'Ingress IngressClass NetworkPolicy' },
    'networking.k8s.io/v1beta1': { Metadata: 'Ingress IngressClass' },
    'node.k8s.io/v1 node.k8s.io/v1beta1': { Metadata: 'RuntimeClass' },
    'rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1': {
      Metadata: 'ClusterRole ClusterRoleBinding Role RoleBinding',
    },
    'scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1': { Metadata: 'PriorityClass' },
    'apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1': { Metadata: 'CustomResourceDefinition' },
    'kustomize.config.k8s.io/v1beta1': { Kustomization: 'Kustomization' },
  }).flatMap(([apiVersions, types]) =>
    apiVersions
      .split(' ')
      .flatMap((apiVersion) =>
        Object.entries(types).flatMap(([type, kinds]) =>
          kinds.split(' ').map((kind) => [`${apiVersion} ${kind}`, type] as const),
        ),
      ),
  ),
);

/** The schema of a kind, undefined where kustomize has none or nothing in it is merged. */
export function schemaOf(apiVersion: unknown, kind: unknown): Schema | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const type = KINDS.get(`${apiVersion} ${kind}`);
  return type === undefined ? undefined : TYPES[type];
}

export function schemaOfType(type: string): Schema | undefined {
  return type === '' ? undefined : TYPES[type];
}
