import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Manifests, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** Namespaces that policies leave alone: what the cluster needs to start. */
const SYSTEM_NAMESPACES = ['flux-system', 'kube-system', 'longhorn-system', 'security'];

/** Policies and scanners. */
export function security(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'security');

  // Gatekeeper's constraints are custom resources whose CRDs it makes itself, out of the templates: three steps.
  const gatekeeper = new Application(namespace, 'gatekeeper');
  new HelmRelease(gatekeeper, 'gatekeeper', {
    chart: sources.gatekeeper.chart('gatekeeper', '3.20.1'),
    values: { replicas: 2, auditInterval: 300, exemptNamespaces: SYSTEM_NAMESPACES },
  });

  const templates = new Application(namespace, 'gatekeeper-templates', { dependsOn: [gatekeeper] });
  new Manifests(templates, 'required-labels', { path: 'cluster/manifests/gatekeeper/required-labels.yaml' });

  const constraints = new Application(namespace, 'gatekeeper-constraints', { dependsOn: [templates] });
  new ApiObject(constraints, 'apps-have-a-name', {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'RequiredLabels',
    metadata: { namespace: '' },
    spec: {
      enforcementAction: 'warn',
      match: {
        kinds: [{ apiGroups: ['apps'], kinds: ['Deployment', 'StatefulSet', 'DaemonSet'] }],
        excludedNamespaces: SYSTEM_NAMESPACES,
      },
      parameters: { labels: ['app.kubernetes.io/name'] },
    },
  });

  const trivyOperator = new Application(namespace, 'trivy-operator');
  new HelmRelease(trivyOperator, 'trivy-operator', {
    chart: sources.aquaSecurity.chart('trivy-operator', '0.31.0'),
    values: {
      trivy: { mode: 'Standalone', severity: 'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL' },
      // Talos has no host file system to look at.
      operator: { infraAssessmentScannerEnabled: false },
      nodeCollector: { useNodeSelector: false },
      trivyOperator: {
        scanJobAffinity: [
          {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  preference: {
                    matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }],
                  },
                },
              ],
            },
          },
        ],
      },
      serviceMonitor: { enabled: true },
    },
  });
  return { gatekeeper, templates, constraints, trivyOperator };
}
