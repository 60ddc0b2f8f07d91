import { GitRepository, HelmRepository, OCIRepository, type Cluster } from '../constructs/index.ts';

const GITEA = 'https://git.daviestechlabs.io/daviestechlabs';

export type Sources = ReturnType<typeof declareSources>;

/** Every source that the cluster shares: the repositories of the Gitea organisation, and where charts come from. */
export function declareSources(cluster: Cluster) {
  /** Public repositories of the organisation: they need no credentials. */
  const gitea = (repository: string, name = repository) =>
    new GitRepository(cluster, name, { url: `${GITEA}/${repository}.git`, branch: 'main', interval: '5m' });
  const helm = (name: string, url: string) => new HelmRepository(cluster, name, { url });
  const oci = (name: string, url: string, tag: string) => new OCIRepository(cluster, name, { url, tag });

  return {
    argoWorkflows: gitea('argo', 'argo-workflows'),
    kubeflow: gitea('kubeflow'),
    chatHandler: gitea('chat-handler'),
    voiceAssistant: gitea('voice-assistant'),

    aquaSecurity: helm('aqua-security', 'https://aquasecurity.github.io/helm-charts'),
    gatekeeper: helm('gatekeeper', 'https://open-policy-agent.github.io/gatekeeper/charts'),
    longhorn: helm('longhorn', 'https://charts.longhorn.io'),
    nats: helm('nats', 'https://nats-io.github.io/k8s/helm/charts'),
    zilliz: helm('zilliz', 'https://zilliztech.github.io/milvus-helm'),

    appTemplate: oci('app-template', 'oci://ghcr.io/bjw-s-labs/helm/app-template', '4.6.2'),
    certManager: oci('cert-manager', 'oci://quay.io/jetstack/charts/cert-manager', 'v1.21.0'),
    cloudnativePg: oci('cloudnative-pg', 'oci://ghcr.io/cloudnative-pg/charts/cloudnative-pg', '0.29.0'),
    keda: oci('keda', 'oci://ghcr.io/home-operations/charts-mirror/keda', '2.19.0'),
    spegel: oci('spegel', 'oci://ghcr.io/spegel-org/helm-charts/spegel', '0.3.0'),
  };
}
