import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { homelabObjects, type TreeObject } from '../support/homelab.ts';

/** What is publicly known of the cluster (its decision records and diagrams), as assertions on the tree. */
const objects = await homelabObjects();

function find(kind: string, namespace: string, name: string): TreeObject {
  const found = objects.filter(
    (object) =>
      object.kind === kind && (object.metadata.namespace ?? '') === namespace && object.metadata.name === name,
  );
  if (found.length !== 1) throw new Error(`${found.length} objects are ${kind}/${namespace}/${name}`);
  return found[0]!;
}

const specOf = (kind: string, namespace: string, name: string): unknown => find(kind, namespace, name).spec;

/** The values of a release. */
const values = (namespace: string, name: string): Record<string, unknown> =>
  (specOf('HelmRelease', namespace, name) as { values: Record<string, unknown> }).values;

/** What a release installs, wherever it is from: the chart's name and version. */
function chartOf(namespace: string, name: string): { chart: string; version: string; from: string } {
  const { chart, chartRef } = specOf('HelmRelease', namespace, name) as {
    chart?: { spec: { chart: string; version: string; sourceRef: { name: string } } };
    chartRef?: { name: string };
  };
  if (chart) {
    const { url } = specOf('HelmRepository', 'flux-system', chart.spec.sourceRef.name) as { url: string };
    return { chart: chart.spec.chart, version: chart.spec.version, from: url };
  }
  const { url, ref } = specOf('OCIRepository', 'flux-system', chartRef?.name ?? '') as {
    url: string;
    ref: { tag: string };
  };
  return { chart: url.slice(url.lastIndexOf('/') + 1), version: ref.tag, from: url };
}

/** The names of the Kustomizations that one waits for, however far down. */
function waitsFor(name: string): Set<string> {
  const { dependsOn = [] } = specOf('Kustomization', 'flux-system', name) as { dependsOn?: { name: string }[] };
  return new Set(dependsOn.flatMap((one) => [one.name, ...waitsFor(one.name)]));
}

/** Which gateway serves a host, and with which Service. */
function routeOf(host: string): { gateway: string; service: string; namespace: string } {
  const routes = objects.filter(
    ({ kind, spec }) => kind === 'HTTPRoute' && (spec as { hostnames?: string[] }).hostnames?.includes(host),
  );
  expect(routes).toHaveLength(1);
  const { parentRefs, rules } = routes[0]?.spec as {
    parentRefs: [{ name: string }];
    rules: { backendRefs: [{ name: string }] }[];
  };
  return {
    gateway: parentRefs[0].name,
    service: rules.at(-1)?.backendRefs[0].name ?? '',
    namespace: routes[0]?.metadata.namespace ?? '',
  };
}

describe('the releases', () => {
  test.each([
    ['kube-system', 'cilium', 'cilium'],
    ['network', 'envoy-gateway', 'gateway-helm'],
    ['cert-manager', 'cert-manager', 'cert-manager'],
    ['vault', 'vault', 'vault'],
    ['external-secrets', 'external-secrets', 'external-secrets'],
    ['longhorn-system', 'longhorn', 'longhorn'],
    ['kube-system', 'csi-driver-nfs', 'csi-driver-nfs'],
    ['cnpg-system', 'cloudnative-pg', 'cloudnative-pg'],
    ['valkey', 'valkey', 'valkey'],
    ['velero', 'velero', 'velero'],
    ['spegel', 'spegel', 'spegel'],
    ['kube-system', 'descheduler', 'descheduler'],
    ['kube-system', 'reloader', 'reloader'],
    ['keda', 'keda', 'keda'],
    ['argo', 'argo-rollouts', 'argo-rollouts'],
    ['argo', 'argo-workflows', 'argo-workflows'],
    ['volcano-system', 'volcano', 'volcano'],
    ['observability', 'kube-prometheus-stack', 'kube-prometheus-stack'],
    ['observability', 'clickstack', 'clickstack'],
    ['observability', 'otel-collector', 'opentelemetry-collector'],
    ['observability', 'smartctl-exporter', 'prometheus-smartctl-exporter'],
    ['observability', 'snmp-exporter', 'prometheus-snmp-exporter'],
    ['observability', 'blackbox-exporter', 'prometheus-blackbox-exporter'],
    ['observability', 'silence-operator', 'silence-operator'],
    ['security', 'gatekeeper', 'gatekeeper'],
    ['security', 'falco', 'falco'],
    ['security', 'trivy-operator', 'trivy-operator'],
    ['identity', 'authentik', 'authentik'],
    ['ai-ml', 'kuberay-operator', 'kuberay-operator'],
    ['ai-ml', 'milvus', 'milvus'],
    ['ai-ml', 'nats', 'nats'],
    ['ai-ml', 'mlflow', 'mlflow'],
    ['lakehouse', 'nessie', 'nessie'],
    ['lakehouse', 'spark-operator', 'spark-operator'],
    ['lakehouse', 'flink-kubernetes-operator', 'flink-kubernetes-operator'],
    ['lakehouse', 'trino', 'trino'],
    ['lakehouse', 'risingwave', 'risingwave'],
    ['gitea', 'gitea', 'gitea'],
    ['productivity', 'nextcloud', 'nextcloud'],
  ])('in %s have %s, of the chart %s', (namespace, name, chart) => {
    expect(chartOf(namespace, name).chart).toBe(chart);
  });

  test.each([
    ['security', 'trivy-operator', 'https://aquasecurity.github.io/helm-charts', undefined],
    ['spegel', 'spegel', expect.stringMatching(/^oci:/), '0.3.0'],
    ['keda', 'keda', expect.stringMatching(/^oci:/), '2.19.0'],
  ])('in %s have %s from where the records say, in their version', (namespace, name, from, version) => {
    expect(chartOf(namespace, name)).toMatchObject({ from, ...(version !== undefined && { version }) });
  });

  test('do what else runs in containers of their own', () => {
    const deployments = [
      ['network', 'cloudflare-tunnel'],
      ['observability', 'ntfy'],
      ['observability', 'ntfy-discord'],
      ['observability', 'gatus'],
      ['observability', 'unpoller'],
      ['identity', 'vaultwarden'],
      ['ai-ml', 'chat-handler'],
      ['ai-ml', 'voice-assistant'],
      ['ai-ml', 'pipeline-bridge'],
      ['ai-ml', 'stt-module'],
      ['ai-ml', 'tts-module'],
      ['ai-ml', 'companions'],
      ['ai-ml', 'voice-ui'],
      ['gitea', 'gitea-runner'],
      ['productivity', 'affine'],
      ...['jellyfin', 'sonarr', 'radarr', 'prowlarr', 'bazarr', 'qbittorrent'].map((name) => ['media', name]),
    ] as const;
    for (const [namespace, name] of deployments) find('Deployment', namespace, name);
    find('CronJob', 'renovate', 'renovate');
  });
});

describe('the network', () => {
  test('is Cilium in place of kube-proxy and MetalLB, Maglev with direct return, and watched (ADR-0043)', () => {
    expect(values('kube-system', 'cilium')).toMatchObject({
      kubeProxyReplacement: true,
      l2announcements: { enabled: true },
      loadBalancer: { algorithm: 'maglev', mode: 'dsr' },
      bpf: { hostLegacyRouting: true },
      prometheus: { enabled: true },
      dashboards: { enabled: true },
    });
    find('CiliumL2AnnouncementPolicy', '', 'home');
    find('CiliumLoadBalancerIPPool', '', 'home');
  });

  test('has a public and an internal gateway, apart, both with TLS (ADR-0010, ADR-0044)', () => {
    const addresses = ['public', 'internal'].map((name) => {
      const gateway = specOf('Gateway', 'network', name) as {
        infrastructure: { annotations: Record<string, string> };
        listeners: { protocol: string; tls?: { certificateRefs: { name: string }[] } }[];
      };
      const https = gateway.listeners.find(({ protocol }) => protocol === 'HTTPS');
      expect(https?.tls?.certificateRefs).toEqual([{ kind: 'Secret', name: `${name}-tls` }]);
      return gateway.infrastructure.annotations['lbipam.cilium.io/ips'];
    });
    expect(new Set(addresses).size).toBe(2);
  });

  test('has certificates of Let’s Encrypt outside and of Vault inside; the old issuer is still there (ADR-0060)', () => {
    expect(specOf('Certificate', 'network', 'public')).toMatchObject({
      issuerRef: { name: 'letsencrypt' },
      dnsNames: ['daviestechlabs.io', '*.daviestechlabs.io'],
    });
    expect(specOf('Certificate', 'network', 'internal')).toMatchObject({
      issuerRef: { name: 'vault-internal' },
      dnsNames: ['lab.daviestechlabs.io', '*.lab.daviestechlabs.io'],
    });
    expect(specOf('ClusterIssuer', '', 'vault-internal')).toHaveProperty('vault');
    expect(specOf('ClusterIssuer', '', 'selfsigned-internal')).toEqual({ selfSigned: {} });
  });

  test.each([
    ['git.daviestechlabs.io', 'public', 'gitea'],
    ['registry.lab.daviestechlabs.io', 'internal', 'gitea'],
    ['kubeflow.lab.daviestechlabs.io', 'internal', 'kubeflow'],
    ['companions-chat.lab.daviestechlabs.io', 'internal', 'ai-ml'],
    ['voice.lab.daviestechlabs.io', 'internal', 'ai-ml'],
    ['ntfy.daviestechlabs.io', 'public', 'observability'],
    ['status.daviestechlabs.io', 'public', 'observability'],
    ['vaultwarden.daviestechlabs.io', 'public', 'identity'],
    ['affine.daviestechlabs.io', 'public', 'productivity'],
    ['cloud.daviestechlabs.io', 'public', 'productivity'],
    ['jellyfin.lab.daviestechlabs.io', 'internal', 'media'],
  ])('serves %s through the %s gateway', (host, gateway, namespace) => {
    expect(routeOf(host)).toMatchObject({ gateway, namespace });
  });

  test('shows nothing of the media or the lab to the internet, nor the dashboard of Argo Rollouts to anyone', () => {
    const routes = objects
      .filter(({ kind }) => kind === 'HTTPRoute')
      .map(({ spec, metadata }) => ({
        namespace: metadata.namespace,
        ...(spec as { parentRefs: { name: string }[]; hostnames?: string[] }),
      }));
    for (const { namespace, parentRefs, hostnames = [] } of routes) {
      const isPublic = parentRefs.some(({ name }) => name === 'public') && hostnames.length > 0;
      expect(isPublic && (namespace === 'media' || hostnames.some((host) => host.includes('.lab.')))).toBe(false);
    }
    expect(values('argo', 'argo-rollouts')).toMatchObject({ dashboard: { enabled: false } });
  });
});

describe('storage and backups', () => {
  test('Longhorn is the default class, on x86_64 alone (ADR-0026)', () => {
    expect(values('longhorn-system', 'longhorn')).toMatchObject({
      persistence: { defaultClass: true },
      longhornManager: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
      longhornDriver: { nodeSelector: { 'kubernetes.io/arch': 'amd64' } },
    });
  });

  test.each([
    ['nfs-slow', 'candlekeep.lab.daviestechlabs.io', '/kubernetes'],
    ['nfs-fast', 'gravenhollow.lab.daviestechlabs.io', expect.any(String)],
  ])('%s is on %s', (name, server, share) => {
    expect(find('StorageClass', '', name)).toMatchObject({
      provisioner: 'nfs.csi.k8s.io',
      parameters: { server, share },
    });
  });

  test.each([
    ['gitea', 'gitea-pg', 3],
    ['identity', 'authentik-db', 3],
    ['ai-ml', 'companions-db', 3],
    ['ai-ml', 'mlflow-db', 1],
  ])('%s has the database %s, %i times, with backups to object storage', (namespace, name, instances) => {
    expect(specOf('Cluster', namespace, name)).toMatchObject({ instances, storage: { storageClass: 'longhorn' } });
    expect(specOf('ScheduledBackup', namespace, name)).toMatchObject({ cluster: { name }, method: 'plugin' });
    expect(specOf('ObjectStore', namespace, name)).toMatchObject({ retentionPolicy: '30d' });
    expect(waitsFor(name)).toContain('cloudnative-pg');
    if (instances === 3) {
      expect(specOf('Pooler', namespace, `${name}-pooler-rw`)).toMatchObject({ cluster: { name }, type: 'rw' });
    }
  });

  test('Velero runs nightly at two, hourly for what is critical, and dumps databases first (dia:velero-backup)', () => {
    const { schedules, deployNodeAgent, configuration } = values('velero', 'velero') as {
      schedules: Record<string, { schedule: string; template: { includedNamespaces?: string[]; hooks: object } }>;
      deployNodeAgent: boolean;
      configuration: { backupStorageLocation: { name: string; default: boolean }[] };
    };
    expect(deployNodeAgent).toBe(true);
    expect(schedules.nightly?.schedule).toBe('0 2 * * *');
    expect(schedules.hourly?.schedule).toBe('15 * * * *');
    expect(schedules.hourly?.template.includedNamespaces).toContain('vault');
    for (const { template } of Object.values(schedules)) {
      expect(JSON.stringify(template.hooks)).toContain('pg_dumpall');
    }
    expect(configuration.backupStorageLocation.map(({ name, default: isDefault }) => [name, isDefault])).toEqual([
      ['gravenhollow', true],
      ['candlekeep', false],
    ]);
  });
});

describe('secrets', () => {
  test('Vault is three over Raft; External Secrets makes Secrets of it (ADR-0017)', () => {
    expect(values('vault', 'vault')).toMatchObject({
      server: { ha: { enabled: true, replicas: 3, raft: { enabled: true } } },
    });
    expect(specOf('ClusterSecretStore', '', 'vault')).toHaveProperty('provider.vault.server');
    expect(waitsFor('vault-store')).toContain('vault');
  });

  test('are called {app}-{type}, and come from the store', () => {
    const secrets = objects.filter(({ kind }) => kind === 'ExternalSecret');
    expect(secrets.length).toBeGreaterThan(30);
    for (const { metadata, spec } of secrets) {
      expect(metadata.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(spec).toMatchObject({ secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' } });
    }
    find('ExternalSecret', 'ai-ml', 'milvus-credentials');
    find('ExternalSecret', 'observability', 'ntfy-discord-webhook');
  });

  test('what makes a Secret of Vault’s waits for Vault, by way of the store', () => {
    for (const { file } of objects.filter(({ kind }) => kind === 'ExternalSecret')) {
      const application = file.split('/')[2] ?? '';
      expect([application, [...waitsFor(application)]]).toEqual([application, expect.arrayContaining(['vault-store'])]);
    }
  });
});

describe('watching', () => {
  test('Prometheus keeps 14 days or 50 GB (dia:observability-stack)', () => {
    expect(values('observability', 'kube-prometheus-stack')).toMatchObject({
      prometheus: { prometheusSpec: { retention: '14d', retentionSize: '50GB' } },
    });
  });

  test('the collector listens for OTLP on 4317 and 4318', () => {
    expect(values('observability', 'otel-collector')).toMatchObject({
      config: {
        receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } } },
      },
    });
  });

  test('ntfy has its name, and everything posts to its topics (ADR-0021)', () => {
    find('Service', 'observability', 'ntfy-svc');
    const ntfy = 'http://ntfy-svc.observability.svc.cluster.local';
    const { receivers } = specOf('AlertmanagerConfig', 'observability', 'alertmanager') as {
      receivers: { name: string; webhookConfigs?: object[] }[];
    };
    expect(receivers).toEqual(
      expect.arrayContaining([
        {
          name: 'ntfy-critical',
          webhookConfigs: [{ url: `${ntfy}/alertmanager-alerts?tpl=alertmanager&priority=urgent`, sendResolved: true }],
        },
        {
          name: 'ntfy-warning',
          webhookConfigs: [{ url: `${ntfy}/alertmanager-alerts?tpl=alertmanager&priority=high`, sendResolved: true }],
        },
      ]),
    );
    const gatus = (find('ConfigMap', 'observability', 'gatus-config') as unknown as { data: Record<string, string> })
      .data;
    expect(parse(gatus['config.yaml'] ?? '')).toMatchObject({ alerting: { ntfy: { url: ntfy, topic: 'gatus' } } });
    const bridge = JSON.stringify(find('Deployment', 'observability', 'ntfy-discord'));
    for (const topic of ['gitea-ci', 'alertmanager-alerts', 'gatus', 'flux', 'deployments']) {
      expect(bridge).toContain(topic);
    }
  });

  test('Flux posts reconciliations to `flux`, and what came up to `deployments`', () => {
    for (const topic of ['flux', 'deployments']) {
      expect(specOf('Provider', 'flux-system', `ntfy-${topic}`)).toMatchObject({
        type: 'generic',
        address: expect.stringContaining(`/${topic}?`),
      });
    }
    expect(specOf('Alert', 'flux-system', 'reconciliations')).toMatchObject({ providerRef: { name: 'ntfy-flux' } });
    const { eventSources } = specOf('Alert', 'flux-system', 'deployments') as { eventSources: { namespace: string }[] };
    const namespaces = objects.filter(({ kind }) => kind === 'HelmRelease').map(({ metadata }) => metadata.namespace);
    expect(eventSources.map(({ namespace }) => namespace)).toEqual([...new Set(namespaces)].sort());
  });
});

describe('security', () => {
  test('Gatekeeper comes in three steps: controller, templates, constraints (ADR-0040)', () => {
    expect(waitsFor('gatekeeper-constraints')).toEqual(new Set(['gatekeeper-templates', 'gatekeeper']));
    expect(waitsFor('gatekeeper-templates')).toEqual(new Set(['gatekeeper']));
  });

  test('Falco watches with eBPF on every node, and tells Alertmanager (ADR-0041)', () => {
    expect(values('security', 'falco')).toMatchObject({
      driver: { kind: 'modern_ebpf' },
      tolerations: [{ operator: 'Exists' }],
      falcosidekick: { enabled: true, config: { alertmanager: { hostport: expect.stringContaining('alertmanager') } } },
    });
  });

  test('Trivy scans for all severities, five ways, rather on ARM64, and leaves the nodes alone (ADR-0042)', () => {
    const { trivy, operator, trivyOperator } = values('security', 'trivy-operator') as {
      trivy: Record<string, unknown>;
      operator: Record<string, unknown>;
      trivyOperator: Record<string, unknown>;
    };
    expect(trivy).toMatchObject({ mode: 'Standalone', severity: 'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL' });
    expect(operator).toMatchObject({ infraAssessmentScannerEnabled: false });
    expect(Object.values(operator).filter((value) => value === true)).toHaveLength(5);
    expect(JSON.stringify(trivyOperator)).toMatch(/preferredDuring.*arm64/);
  });

  test('a login stands before what has no users of its own', () => {
    for (const [namespace, name] of [
      ['ai-ml', 'mlflow'],
      ['kubeflow', 'kubeflow'],
      ['longhorn-system', 'longhorn'],
    ] as const) {
      expect(specOf('SecurityPolicy', namespace, name)).toMatchObject({
        extAuth: { http: { backendRefs: [{ name: 'authentik-server', namespace: 'identity' }] } },
      });
    }
    const allowed = objects.filter(({ kind }) => kind === 'SecurityPolicy').map(({ metadata }) => metadata.namespace);
    const { from } = specOf('ReferenceGrant', 'identity', 'outpost') as { from: { namespace: string }[] };
    expect([...new Set(from.map(({ namespace }) => namespace))]).toEqual(allowed.sort());
  });
});

describe('AI and ML', () => {
  const ray = specOf('RayService', 'ai-ml', 'ai-inference') as {
    serveConfigV2: string;
    rayClusterConfig: {
      workerGroupSpecs: {
        groupName: string;
        template: { spec: { nodeSelector: object; containers: [{ image: string; resources: { limits: object } }] } };
      }[];
    };
  };
  const { applications } = parse(ray.serveConfigV2) as {
    applications: {
      route_prefix: string;
      deployments: [{ ray_actor_options: { num_gpus?: number; resources: Record<string, number> } }];
    }[];
  };

  test.each([
    ['/llm', 'khelben', 0.95],
    ['/whisper', 'elminster', 0.5],
    ['/tts', 'elminster', 0.5],
    ['/embeddings', 'drizzt', 0.8],
    ['/reranker', 'danilo', 0.8],
    ['/chat', 'head', undefined],
    ['/voice', 'head', undefined],
  ])('Ray serves %s on %s (dia:kuberay-unified-backend)', (path, place, gpus) => {
    const application = applications.find(({ route_prefix }) => route_prefix === path);
    const options = application?.deployments[0].ray_actor_options;
    expect(options?.num_gpus).toBe(gpus);
    expect(Object.keys(options?.resources ?? {})).toEqual([place]);
  });

  test.each([
    ['khelben', 'ray-worker-strixhalo', 'amd.com/gpu'],
    ['elminster', 'ray-worker-nvidia', 'nvidia.com/gpu'],
    ['drizzt', 'ray-worker-rdna2', 'amd.com/gpu'],
    ['danilo', 'ray-worker-intel', 'gpu.intel.com/i915'],
  ])('%s works with %s on its own GPU', (node, image, resource) => {
    const group = ray.rayClusterConfig.workerGroupSpecs.find(({ groupName }) => groupName === node);
    const { nodeSelector, containers } = group?.template.spec ?? {};
    expect(nodeSelector).toEqual({ 'kubernetes.io/hostname': node });
    expect(containers?.[0].image).toContain(`registry.lab.daviestechlabs.io/daviestechlabs/${image}:`);
    expect(containers?.[0].resources.limits).toHaveProperty([resource], 1);
  });

  test.each(['whisper', 'tts', 'llm', 'embeddings', 'reranker'])('%s-predictor leads to Ray', (model) => {
    expect(specOf('Service', 'ai-ml', `${model}-predictor`)).toEqual({
      type: 'ExternalName',
      externalName: 'ai-inference-serve-svc.ai-ml.svc.cluster.local',
    });
  });

  test('handlers wait for messages and models', () => {
    for (const name of ['chat-handler', 'voice-assistant']) {
      expect([...waitsFor(name)]).toEqual(expect.arrayContaining(['nats', 'milvus', 'ai-inference', 'valkey']));
      expect(specOf('ScaledObject', 'ai-ml', name)).toMatchObject({ triggers: [{ type: 'nats-jetstream' }] });
    }
  });

  test('MLflow keeps its artifacts on NFS (ADR-0047)', () => {
    expect(specOf('PersistentVolumeClaim', 'ai-ml', 'mlflow-artifacts')).toMatchObject({
      storageClassName: 'nfs-fast',
    });
  });
});

describe('the repositories of the organisation', () => {
  test.each([
    ['argo-workflows', 'argo', 'argo-workflow-templates'],
    ['kubeflow', 'kubeflow', 'kubeflow-definitions'],
    ['chat-handler', 'chat-handler', 'chat-handler-settings'],
    ['voice-assistant', 'voice-assistant', 'voice-assistant-settings'],
  ])('%s is synced from the repository %s (ADR-0006)', (name, repository, kustomization) => {
    expect(specOf('GitRepository', 'flux-system', name)).toMatchObject({
      url: `https://git.daviestechlabs.io/daviestechlabs/${repository}.git`,
      ref: { branch: 'main' },
    });
    expect(specOf('GitRepository', 'flux-system', name)).not.toHaveProperty('secretRef');
    expect(specOf('Kustomization', 'flux-system', kustomization)).toMatchObject({
      sourceRef: { kind: 'GitRepository', name },
    });
  });
});

describe('apps', () => {
  test('qbittorrent is suspended, and nothing else is (ADR-0048)', () => {
    const suspended = objects.filter(
      ({ kind, spec }) => kind === 'Kustomization' && (spec as { suspend?: boolean }).suspend === true,
    );
    expect(suspended.map(({ metadata }) => metadata.name)).toEqual(['qbittorrent']);
  });

  test.each(['jellyfin', 'sonarr', 'radarr', 'prowlarr', 'bazarr'])('%s shares /media over NFS', (name) => {
    const { template } = specOf('Deployment', 'media', name) as {
      template: { spec: { volumes: { name: string; nfs?: object }[]; containers: [{ volumeMounts: object[] }] } };
    };
    expect(template.spec.volumes).toContainEqual({
      name: 'media',
      nfs: { server: 'candlekeep.lab.daviestechlabs.io', path: '/kubernetes/media' },
    });
    expect(template.spec.containers[0].volumeMounts).toContainEqual({ name: 'media', mountPath: '/media' });
  });

  test('Gitea has its database, and runners that need no root (ADR-0031)', () => {
    expect([...waitsFor('gitea')]).toContain('gitea-pg');
    const { template } = specOf('Deployment', 'gitea', 'gitea-runner') as {
      template: { spec: { containers: [{ image: string; securityContext: object }] } };
    };
    expect(template.spec.containers[0].image).toMatch(/dind-rootless$/);
    expect(template.spec.containers[0].securityContext).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
  });

  test('the productivity apps share Valkey and log in with Authentik (ADR-0049)', () => {
    for (const name of ['nextcloud', 'affine', 'paperless', 'linkwarden', 'mealie']) {
      expect([...waitsFor(name)]).toEqual(expect.arrayContaining(['authentik', `${name}-db`]));
    }
    for (const name of ['nextcloud', 'affine', 'paperless']) expect([...waitsFor(name)]).toContain('valkey');
  });
});
