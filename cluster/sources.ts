import { GitRepository, HelmRepository, OCIRepository, type Cluster } from '../constructs/index.ts';
import { GITEA } from './domains.ts';

export type Sources = ReturnType<typeof declareSources>;

/** The archive of its charts has the version in its path. */
// renovate: datasource=github-tags depName=apache/flink-kubernetes-operator extractVersion=^release-(?<version>.+)$
const FLINK_OPERATOR = '1.15.0';

/** Where everything comes from, and in which version: the repositories of the Gitea organisation, and the charts. */
export function declareSources(cluster: Cluster) {
  /** Public repositories of the organisation: they need no credentials. */
  const gitea = (repository: string, name = repository) =>
    new GitRepository(cluster, name, {
      url: `${GITEA}/daviestechlabs/${repository}.git`,
      branch: 'main',
      interval: '5m',
    });
  /** One folder of somebody else's repository, at a release. */
  const github = (repository: string, tag: string, folder: string) =>
    new GitRepository(cluster, repository.replace('/', '-'), {
      url: `https://github.com/${repository}`,
      ref: { tag },
      sparseCheckout: [folder],
      interval: '1h',
    });

  const repositories = new Map<string, HelmRepository>();
  const helm = (name: string, url: string, chart: string, version: string) => {
    const repository = repositories.get(name) ?? new HelmRepository(cluster, name, { url });
    repositories.set(name, repository);
    return repository.chart(chart, version);
  };
  const oci = (name: string, url: string, tag: string) =>
    new OCIRepository(cluster, name, {
      url,
      tag,
      // The chart as it was packed; without this Flux unpacks the layer and packs it anew.
      layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
    });

  return {
    argoWorkflowTemplates: gitea('argo', 'argo-workflows'),
    kubeflowPipelines: gitea('kubeflow'),
    chatHandler: gitea('chat-handler'),
    voiceAssistant: gitea('voice-assistant'),

    kubeflow: github('kubeflow/pipelines', '2.16.1', 'manifests'),

    amdGpu: helm('rocm', 'https://rocm.github.io/k8s-device-plugin', 'amd-gpu', '0.20.0'),
    argoRollouts: helm('argo', 'https://argoproj.github.io/argo-helm', 'argo-rollouts', '2.43.5'),
    argoWorkflows: helm('argo', 'https://argoproj.github.io/argo-helm', 'argo-workflows', '1.0.23'),
    clickStack: helm('clickstack', 'https://clickhouse.github.io/ClickStack-helm-charts', 'clickstack', '3.2.0'),
    clickStackOperators: helm(
      'clickstack',
      'https://clickhouse.github.io/ClickStack-helm-charts',
      'clickstack-operators',
      '1.1.0',
    ),
    falco: helm('falcosecurity', 'https://falcosecurity.github.io/charts', 'falco', '8.0.3'),
    flinkOperator: helm(
      'flink-operator',
      `https://archive.apache.org/dist/flink/flink-kubernetes-operator-${FLINK_OPERATOR}`,
      'flink-kubernetes-operator',
      FLINK_OPERATOR,
    ),
    gatekeeper: helm('gatekeeper', 'https://open-policy-agent.github.io/gatekeeper/charts', 'gatekeeper', '3.23.1'),
    intelDeviceOperator: helm(
      'intel',
      'https://intel.github.io/helm-charts',
      'intel-device-plugins-operator',
      '0.36.0',
    ),
    intelGpu: helm('intel', 'https://intel.github.io/helm-charts', 'intel-device-plugins-gpu', '0.36.0'),
    kubeRay: helm('kuberay', 'https://ray-project.github.io/kuberay-helm', 'kuberay-operator', '1.6.2'),
    longhorn: helm('longhorn', 'https://charts.longhorn.io', 'longhorn', '1.11.3'),
    milvus: helm('zilliz', 'https://zilliztech.github.io/milvus-helm', 'milvus', '5.0.28'),
    mlflow: helm('community-charts', 'https://community-charts.github.io/helm-charts', 'mlflow', '1.8.1'),
    nats: helm('nats', 'https://nats-io.github.io/k8s/helm/charts', 'nats', '2.14.6'),
    nessie: helm('nessie', 'https://charts.projectnessie.org', 'nessie', '0.108.4'),
    nextcloud: helm('nextcloud', 'https://nextcloud.github.io/helm', 'nextcloud', '9.2.6'),
    nvidiaGpu: helm('nvidia', 'https://nvidia.github.io/k8s-device-plugin', 'nvidia-device-plugin', '0.19.3'),
    openTelemetryCollector: helm(
      'opentelemetry',
      'https://open-telemetry.github.io/opentelemetry-helm-charts',
      'opentelemetry-collector',
      '0.165.0',
    ),
    risingWave: helm('risingwave', 'https://risingwavelabs.github.io/helm-charts', 'risingwave', '0.2.38'),
    sparkOperator: helm('spark-operator', 'https://kubeflow.github.io/spark-operator', 'spark-operator', '2.5.1'),
    trino: helm('trino', 'https://trinodb.github.io/charts', 'trino', '1.42.2'),
    trivyOperator: helm('aqua-security', 'https://aquasecurity.github.io/helm-charts', 'trivy-operator', '0.35.0'),
    valkey: helm('valkey', 'https://valkey.io/valkey-helm', 'valkey', '0.9.4'),
    vault: helm('hashicorp', 'https://helm.releases.hashicorp.com', 'vault', '0.32.0'),
    velero: helm('vmware-tanzu', 'https://vmware-tanzu.github.io/helm-charts', 'velero', '12.1.0'),
    volcano: helm('volcano', 'https://volcano-sh.github.io/helm-charts', 'volcano', '1.15.2'),

    authentik: oci('authentik', 'oci://ghcr.io/goauthentik/helm-charts/authentik', '2026.8.0'),
    barmanPlugin: oci('plugin-barman-cloud', 'oci://ghcr.io/cloudnative-pg/charts/plugin-barman-cloud', '0.7.1'),
    blackboxExporter: oci(
      'prometheus-blackbox-exporter',
      'oci://ghcr.io/prometheus-community/charts/prometheus-blackbox-exporter',
      '11.17.2',
    ),
    certManager: oci('cert-manager', 'oci://quay.io/jetstack/charts/cert-manager', 'v1.21.1'),
    cilium: oci('cilium', 'oci://quay.io/cilium/charts/cilium', '1.20.1'),
    cloudnativePg: oci('cloudnative-pg', 'oci://ghcr.io/cloudnative-pg/charts/cloudnative-pg', '0.29.0'),
    csiDriverNfs: oci('csi-driver-nfs', 'oci://ghcr.io/home-operations/charts-mirror/csi-driver-nfs', '4.13.4'),
    descheduler: oci('descheduler', 'oci://ghcr.io/home-operations/charts-mirror/descheduler', '0.36.0'),
    envoyGateway: oci('envoy-gateway', 'oci://docker.io/envoyproxy/gateway-helm', '1.9.0'),
    externalDns: oci('external-dns', 'oci://ghcr.io/home-operations/charts-mirror/external-dns', '1.21.1'),
    externalSecrets: oci('external-secrets', 'oci://ghcr.io/external-secrets/charts/external-secrets', '2.9.0'),
    gitea: oci('gitea', 'oci://docker.gitea.com/charts/gitea', '12.7.0'),
    k8sGateway: oci('k8s-gateway', 'oci://ghcr.io/k8s-gateway/charts/k8s-gateway', '3.7.2'),
    keda: oci('keda', 'oci://ghcr.io/home-operations/charts-mirror/keda', '2.19.0'),
    kubePrometheusStack: oci(
      'kube-prometheus-stack',
      'oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack',
      '88.5.3',
    ),
    metricsServer: oci('metrics-server', 'oci://ghcr.io/home-operations/charts-mirror/metrics-server', '3.14.0'),
    nodeFeatureDiscovery: oci(
      'node-feature-discovery',
      'oci://registry.k8s.io/nfd/charts/node-feature-discovery',
      '0.19.0',
    ),
    prometheusCrds: oci(
      'prometheus-operator-crds',
      'oci://ghcr.io/prometheus-community/charts/prometheus-operator-crds',
      '31.0.1',
    ),
    reloader: oci('reloader', 'oci://ghcr.io/stakater/charts/reloader', '2.2.16'),
    silenceOperator: oci('silence-operator', 'oci://gsoci.azurecr.io/charts/giantswarm/silence-operator', '0.20.1'),
    smartctlExporter: oci(
      'prometheus-smartctl-exporter',
      'oci://ghcr.io/prometheus-community/charts/prometheus-smartctl-exporter',
      '0.17.1',
    ),
    snmpExporter: oci(
      'prometheus-snmp-exporter',
      'oci://ghcr.io/prometheus-community/charts/prometheus-snmp-exporter',
      '9.17.1',
    ),
    spegel: oci('spegel', 'oci://ghcr.io/spegel-org/helm-charts/spegel', '0.3.0'),
  };
}
