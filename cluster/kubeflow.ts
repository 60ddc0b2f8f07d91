import { Application, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN } from './domains.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { route } from './support/route.ts';

/** Kubeflow Pipelines, as its own repository has it, with the pipelines of our repository `kubeflow`. */
export function kubeflow(
  cluster: Cluster,
  sources: Sources,
  platform: Pick<Platform, 'storage' | 'routing'> & { workflows: Application; authentik: Application },
) {
  const namespace = new Namespace(cluster, 'kubeflow');

  const kinds = new Application(namespace, 'kubeflow-kinds', {
    source: sources.kubeflow,
    path: './manifests/kustomize/cluster-scoped-resources',
    // The namespace is ours, and so are the kinds of Argo Workflows, which its chart brings.
    patches: [
      { target: { kind: 'Namespace' }, patch: leaveOut('v1', 'Namespace') },
      {
        target: { kind: 'CustomResourceDefinition', name: '.*\\.argoproj\\.io' },
        patch: leaveOut('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
      },
    ],
    dependsOn: [platform.workflows],
  });
  const pipelines = new Application(namespace, 'kubeflow-pipelines', {
    source: sources.kubeflow,
    path: './manifests/kustomize/env/platform-agnostic',
    dependsOn: [kinds, platform.storage],
    timeout: '20m',
  });
  const ui = new Application(namespace, 'kubeflow-route', {
    dependsOn: [pipelines, platform.routing, platform.authentik],
  });
  route(ui, 'kubeflow', {
    host: `kubeflow.${LAB_DOMAIN}`,
    service: { name: 'ml-pipeline-ui', port: 80 },
    login: true,
  });

  const definitions = new Application(namespace, 'kubeflow-definitions', {
    source: sources.kubeflowPipelines,
    targetNamespace: namespace.namespace,
    dependsOn: [pipelines],
  });
  return { pipelines, definitions };
}

/** A patch that takes out what its target selects; the name in it counts for nothing. */
function leaveOut(apiVersion: string, kind: string): string {
  return `$patch: delete\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: any\n`;
}
