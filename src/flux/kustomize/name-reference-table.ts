import type { FieldSpec } from './field-spec.ts';
import type { NameReference } from './transformer-config.ts';

/** Where each kind that makes pods has its pod's spec, and the version that the table asks for. */
const POD_SPECS: Readonly<Record<string, string>> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  Deployment: 'spec/template/spec',
  ReplicaSet: 'spec/template/spec',
  ReplicationController: 'spec/template/spec',
  DaemonSet: 'spec/template/spec',
  StatefulSet: 'spec/template/spec',
  Job: 'spec/template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
};

const CONFIG_USERS = ['Pod', 'PodTemplate', 'Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job', 'CronJob'];
const OTHER_USERS = ['Pod', 'StatefulSet', 'Deployment', 'ReplicationController', 'CronJob', 'Job', 'DaemonSet'];

function inPods(kinds: readonly string[], paths: readonly string[], podVersion = ''): readonly FieldSpec[] {
  return kinds.flatMap((kind) =>
    paths.map((path) => field(kind, `${POD_SPECS[kind] ?? ''}/${path}`, '', kind === 'Pod' ? podVersion : '')),
  );
}

function field(kind: string, path: string, group = '', version = ''): FieldSpec {
  return { group, version, kind, path, create: false };
}

function reference(kind: string, version: string, group: string, referrers: readonly FieldSpec[]): NameReference {
  return { group, version, kind, referrers };
}

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const ANNOTATIONS = 'metadata/annotations';

/** internal/konfig/builtinpluginconsts/namereference.go of kustomize 5.8. */
export const DEFAULT_NAME_REFERENCES: readonly NameReference[] = [
  ...['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) =>
    reference(kind, '', '', [field('HorizontalPodAutoscaler', 'spec/scaleTargetRef/name')]),
  ),
  reference('ConfigMap', 'v1', '', [
    ...inPods(
      CONFIG_USERS,
      [
        'volumes/configMap/name',
        'containers/env/valueFrom/configMapKeyRef/name',
        'initContainers/env/valueFrom/configMapKeyRef/name',
        'containers/envFrom/configMapRef/name',
        'initContainers/envFrom/configMapRef/name',
        'volumes/projected/sources/configMap/name',
      ],
      'v1',
    ),
    field('Node', 'spec/configSource/configMap'),
    field('Role', 'rules/resourceNames'),
    field('ClusterRole', 'rules/resourceNames'),
    field('Ingress', `${ANNOTATIONS}/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap`),
  ]),
  reference('Secret', 'v1', '', [
    ...inPods(
      CONFIG_USERS,
      [
        'volumes/secret/secretName',
        'containers/env/valueFrom/secretKeyRef/name',
        'initContainers/env/valueFrom/secretKeyRef/name',
        'containers/envFrom/secretRef/name',
        'initContainers/envFrom/secretRef/name',
        'imagePullSecrets/name',
        'volumes/projected/sources/secret/name',
      ],
      'v1',
    ),
    field('Ingress', 'spec/tls/secretName'),
    field('Ingress', `${ANNOTATIONS}/ingress.kubernetes.io\\/auth-secret`),
    field('Ingress', `${ANNOTATIONS}/nginx.ingress.kubernetes.io\\/auth-secret`),
    field('Ingress', `${ANNOTATIONS}/nginx.ingress.kubernetes.io\\/auth-tls-secret`),
    // Twice in kustomize's own table too: the second look may find what has the name that the first one gave.
    field('Ingress', 'spec/tls/secretName'),
    field('ServiceAccount', 'imagePullSecrets/name'),
    ...['secretName', 'adminSecretName', 'userSecretName', 'secretRef'].map((parameter) =>
      field('StorageClass', `parameters/${parameter}`),
    ),
    field('Role', 'rules/resourceNames'),
    field('ClusterRole', 'rules/resourceNames'),
    field('Service', 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name', 'serving.knative.dev', 'v1'),
    field('PersistentVolume', 'spec/azureFile/secretName'),
  ]),
  reference('Service', 'v1', '', [
    field('StatefulSet', 'spec/serviceName', 'apps'),
    field('Ingress', 'spec/rules/http/paths/backend/serviceName'),
    field('Ingress', 'spec/backend/serviceName'),
    field('Ingress', 'spec/rules/http/paths/backend/service/name'),
    field('Ingress', 'spec/defaultBackend/service/name'),
    field('APIService', 'spec/service/name', 'apiregistration.k8s.io'),
    field('ValidatingWebhookConfiguration', 'webhooks/clientConfig/service', ADMISSION),
    field('MutatingWebhookConfiguration', 'webhooks/clientConfig/service', ADMISSION),
  ]),
  reference('Role', '', RBAC, [field('RoleBinding', 'roleRef/name', RBAC)]),
  reference('ClusterRole', '', RBAC, [
    field('RoleBinding', 'roleRef/name', RBAC),
    field('ClusterRoleBinding', 'roleRef/name', RBAC),
  ]),
  reference('ServiceAccount', 'v1', '', [
    field('RoleBinding', 'subjects', RBAC),
    field('ClusterRoleBinding', 'subjects', RBAC),
    ...inPods(OTHER_USERS, ['serviceAccountName']),
  ]),
  reference('PersistentVolumeClaim', 'v1', '', inPods(OTHER_USERS, ['volumes/persistentVolumeClaim/claimName'])),
  reference('PersistentVolume', 'v1', '', [
    field('PersistentVolumeClaim', 'spec/volumeName'),
    field('ClusterRole', 'rules/resourceNames'),
  ]),
  reference('StorageClass', 'v1', 'storage.k8s.io', [
    field('PersistentVolume', 'spec/storageClassName'),
    field('PersistentVolumeClaim', 'spec/storageClassName'),
    field('StatefulSet', 'spec/volumeClaimTemplates/spec/storageClassName'),
  ]),
  reference('PriorityClass', 'v1', 'scheduling.k8s.io', inPods(OTHER_USERS, ['priorityClassName'])),
  // The group is written with a version in kustomize's table, and so never matches.
  reference('IngressClass', 'v1', 'networking.k8s.io/v1', [field('Ingress', 'spec/ingressClassName')]),
  reference('ValidatingAdmissionPolicy', '', ADMISSION, [
    field('ValidatingAdmissionPolicyBinding', 'spec/policyName', ADMISSION),
  ]),
];
