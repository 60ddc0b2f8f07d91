import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN, PUBLIC_DOMAIN } from './domains.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { route } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';

/** Argo's workflow engine, with the workflows of the repository `argo`, and its progressive delivery. */
export function argo(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics' | 'routing' | 'secrets'>) {
  const namespace = new Namespace(cluster, 'argo');

  const workflows = new Application(namespace, 'argo-workflows', {
    dependsOn: [platform.metrics, platform.routing, platform.secrets],
  });
  vaultSecret(workflows, 'argo-workflows-oidc');
  new HelmRelease(workflows, 'argo-workflows', {
    chart: sources.argoWorkflows,
    values: {
      crds: { keep: true },
      controller: {
        metricsConfig: { enabled: true },
        serviceMonitor: { enabled: true },
        workflowNamespaces: ['argo', 'ai-ml'],
        workflowDefaults: {
          spec: { ttlStrategy: { secondsAfterCompletion: 86400 }, podGC: { strategy: 'OnPodSuccess' } },
        },
      },
      server: {
        authModes: ['sso'],
        sso: {
          enabled: true,
          issuer: `https://auth.${PUBLIC_DOMAIN}/application/o/argo-workflows/`,
          clientId: { name: 'argo-workflows-oidc', key: 'client-id' },
          clientSecret: { name: 'argo-workflows-oidc', key: 'client-secret' },
          redirectUrl: `https://workflows.${LAB_DOMAIN}/oauth2/callback`,
          scopes: ['openid', 'profile', 'email', 'groups'],
        },
      },
    },
  });
  route(workflows, 'argo-workflows', {
    host: `workflows.${LAB_DOMAIN}`,
    service: { name: 'argo-workflows-server', port: 2746 },
  });
  // The repository is `argo`; the source is named for what is in it.
  const templates = new Application(namespace, 'argo-workflow-templates', {
    source: sources.argoWorkflowTemplates,
    targetNamespace: namespace.namespace,
    dependsOn: [workflows],
  });

  // Canaries, their traffic split by the gateways. The dashboard has no route: `kubectl argo rollouts dashboard`.
  const rollouts = new Application(namespace, 'argo-rollouts', { dependsOn: [platform.metrics, platform.routing] });
  new HelmRelease(rollouts, 'argo-rollouts', {
    chart: sources.argoRollouts,
    values: {
      dashboard: { enabled: false },
      controller: {
        metrics: { enabled: true, serviceMonitor: { enabled: true } },
        trafficRouterPlugins: [
          {
            name: 'argoproj-labs/gatewayAPI',
            location:
              'https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/releases/download/v0.16.0/gatewayapi-plugin-linux-amd64',
          },
        ],
        nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      },
      providerRBAC: { providers: { gatewayAPI: true } },
    },
  });
  return { workflows, templates, rollouts };
}
