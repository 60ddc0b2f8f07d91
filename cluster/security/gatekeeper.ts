import { Application, HelmRelease, Manifests, type Namespace } from '../../constructs/index.ts';
import { PinnedImages, RequiredLabels, RequiredResources } from '../kinds/gatekeeper.ts';
import type { Sources } from '../sources.ts';

/** Namespaces that policies leave alone: what the cluster needs to start. */
const SYSTEM_NAMESPACES = [
  'cert-manager',
  'cnpg-system',
  'device-plugins',
  'external-secrets',
  'flux-system',
  'kube-node-lease',
  'kube-public',
  'kube-system',
  'longhorn-system',
  'security',
  'spegel',
  'velero',
  'volcano-system',
];

const TEMPLATES = ['required-labels', 'required-resources', 'pinned-images'];

/**
 * Policies, in three steps: the controller brings the kind of the templates, the templates bring the kinds of the
 * constraints. All of them warn; a policy that denies would also stop what mends a cluster.
 */
export function gatekeeper(namespace: Namespace, sources: Sources): void {
  const gatekeeper = new Application(namespace, 'gatekeeper');
  new HelmRelease(gatekeeper, 'gatekeeper', {
    chart: sources.gatekeeper,
    values: {
      replicas: 2,
      auditInterval: 300,
      constraintViolationsLimit: 100,
      controllerManager: { exemptNamespaces: SYSTEM_NAMESPACES },
    },
  });

  const templates = new Application(namespace, 'gatekeeper-templates', { dependsOn: [gatekeeper] });
  for (const name of TEMPLATES) new Manifests(templates, name, { path: `cluster/manifests/gatekeeper/${name}.yaml` });

  const constraints = new Application(namespace, 'gatekeeper-constraints', { dependsOn: [templates] });
  const workloads = {
    enforcementAction: 'warn',
    match: {
      kinds: [
        { apiGroups: ['apps'], kinds: ['Deployment', 'StatefulSet', 'DaemonSet'] },
        { apiGroups: ['batch'], kinds: ['CronJob'] },
      ],
      excludedNamespaces: SYSTEM_NAMESPACES,
    },
  } as const;
  new RequiredLabels(constraints, 'workloads-have-a-name', {
    ...workloads,
    parameters: { labels: ['app.kubernetes.io/name'] },
  });
  new RequiredResources(constraints, 'workloads-have-limits', {
    ...workloads,
    parameters: { requests: ['cpu', 'memory'], limits: ['memory'] },
  });
  new PinnedImages(constraints, 'images-are-pinned', {
    ...workloads,
    parameters: { floating: ['latest', 'main', 'master', 'edge', 'stable'] },
  });
}
