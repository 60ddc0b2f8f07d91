import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { ISSUERS } from './cert-manager.ts';
import {
  DNS_ADDRESS,
  INTERNAL_GATEWAY_ADDRESS,
  LAB_DOMAIN,
  POD_CIDR,
  PUBLIC_DOMAIN,
  PUBLIC_GATEWAY_ADDRESS,
} from './domains.ts';
import { Certificate } from './kinds/cert-manager.ts';
import { BackendTrafficPolicy, ClientTrafficPolicy, EnvoyProxy } from './kinds/envoy-gateway.ts';
import { Gateway, GatewayClass, HTTPRoute, type Listener } from './kinds/gateway-api.ts';
import { PodMonitor } from './kinds/prometheus-operator.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { GATEWAYS } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';
import { Workload } from './support/workload.ts';

/** The way in: Envoy Gateway comes first, as it brings the kinds of the Gateway API; `edge` needs certificates. */
export function network(cluster: Cluster, sources: Sources, { metrics }: Pick<Platform, 'metrics'>) {
  const namespace = new Namespace(cluster, 'network');
  const envoyGateway = new Application(namespace, 'envoy-gateway', { dependsOn: [metrics] });
  new HelmRelease(envoyGateway, 'envoy-gateway', {
    chart: sources.envoyGateway,
    values: {
      deployment: { replicas: 2 },
      config: {
        envoyGateway: { provider: { type: 'Kubernetes', kubernetes: { deploy: { type: 'GatewayNamespace' } } } },
      },
    },
  });
  return { network: namespace, routing: envoyGateway };
}

/** The two gateways, and the four parts of DNS: tunnel, public records, internal answers, certificates. */
export function edge(
  network: Namespace,
  sources: Sources,
  platform: Pick<Platform, 'metrics' | 'routing' | 'secrets'> & { issuers: Application },
) {
  const certificates = new Application(network, 'certificates', { dependsOn: [platform.issuers] });
  certificate(certificates, 'public', ISSUERS.public, PUBLIC_DOMAIN);
  certificate(certificates, 'internal', ISSUERS.internal, LAB_DOMAIN);

  const gateways = new Application(network, 'gateways', {
    dependsOn: [platform.routing, platform.metrics, certificates],
  });
  declareGateways(gateways);
  tunnel(network, platform, gateways);

  // Records at Cloudflare, for the routes of the public gateway.
  const externalDns = new Application(network, 'external-dns', { dependsOn: [platform.secrets, gateways] });
  vaultSecret(externalDns, 'cloudflare-dns-token', { path: 'cert-manager/cloudflare-dns-token' });
  new HelmRelease(externalDns, 'external-dns', {
    chart: sources.externalDns,
    values: {
      provider: 'cloudflare',
      env: [{ name: 'CF_API_TOKEN', valueFrom: { secretKeyRef: { name: 'cloudflare-dns-token', key: 'api-token' } } }],
      extraArgs: ['--cloudflare-proxied', `--gateway-name=${GATEWAYS.public.name}`],
      policy: 'sync',
      sources: ['gateway-httproute'],
      txtPrefix: 'k8s.',
      txtOwnerId: 'homelab-k8s2',
      domainFilters: [PUBLIC_DOMAIN],
      serviceMonitor: { enabled: true },
    },
  });

  // At home both domains are answered from here (split horizon), so that nothing takes the way through Cloudflare.
  const k8sGateway = new Application(network, 'k8s-gateway', { dependsOn: [gateways] });
  new HelmRelease(k8sGateway, 'k8s-gateway', {
    chart: sources.k8sGateway,
    values: {
      // The lab is below it.
      domain: PUBLIC_DOMAIN,
      ttl: 60,
      watchedResources: ['HTTPRoute', 'Service'],
      replicaCount: 2,
      service: {
        type: 'LoadBalancer',
        port: 53,
        annotations: { 'lbipam.cilium.io/ips': DNS_ADDRESS },
        externalTrafficPolicy: 'Cluster',
      },
    },
  });
  return { gateways };
}

function certificate(application: Application, name: string, issuer: string, domain: string): void {
  new Certificate(application, name, {
    secretName: `${name}-tls`,
    issuerRef: { kind: 'ClusterIssuer', name: issuer },
    dnsNames: [domain, `*.${domain}`],
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  });
}

function declareGateways(application: Application): void {
  new EnvoyProxy(application, 'envoy', {
    provider: {
      type: 'Kubernetes',
      kubernetes: {
        envoyDeployment: {
          replicas: 2,
          container: { resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } } },
        },
        envoyService: { externalTrafficPolicy: 'Cluster' },
      },
    },
    shutdown: { drainTimeout: '180s' },
  });
  new GatewayClass(application, 'envoy', {
    controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
    parametersRef: {
      group: 'gateway.envoyproxy.io',
      kind: 'EnvoyProxy',
      name: 'envoy',
      namespace: application.namespace,
    },
  });
  gateway(application, 'public', PUBLIC_GATEWAY_ADDRESS, { 'external-dns.alpha.kubernetes.io/target': TUNNEL_TARGET });
  gateway(application, 'internal', INTERNAL_GATEWAY_ADDRESS);

  const targetSelectors = [{ group: 'gateway.networking.k8s.io', kind: 'Gateway' }] as const;
  new ClientTrafficPolicy(application, 'envoy', {
    targetSelectors,
    // cloudflared, a Pod, names the client.
    clientIPDetection: { xForwardedFor: { trustedCIDRs: [POD_CIDR] } },
    tls: { minVersion: '1.2', alpnProtocols: ['h2', 'http/1.1'] },
  });
  new BackendTrafficPolicy(application, 'envoy', {
    targetSelectors,
    compressor: [
      { type: 'Brotli', brotli: {} },
      { type: 'Gzip', gzip: {} },
    ],
    // Answers of language models and WebSockets take as long as they take.
    timeout: { http: { requestTimeout: '0s' } },
  });
  new PodMonitor(application, 'envoy', {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'envoy', 'app.kubernetes.io/component': 'proxy' } },
    podMetricsEndpoints: [{ port: 'metrics', path: '/stats/prometheus' }],
  });
  new HTTPRoute(application, 'https-redirect', {
    parentRefs: Object.values(GATEWAYS).map((parent) => ({ ...parent, sectionName: 'http' })),
    rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
  });
}

/** The tunnel's own name; every public record points at it. */
const TUNNEL_TARGET = `tunnel.${PUBLIC_DOMAIN}`;

function gateway(
  application: Application,
  name: keyof typeof GATEWAYS,
  address: string,
  annotations: Record<string, string> = {},
): void {
  const listeners: Listener[] = [
    { name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'Same' } } },
    {
      name: 'https',
      protocol: 'HTTPS',
      port: 443,
      allowedRoutes: { namespaces: { from: 'All' } },
      tls: { certificateRefs: [{ kind: 'Secret', name: `${name}-tls` }] },
    },
  ];
  new Gateway(
    application,
    name,
    {
      gatewayClassName: 'envoy',
      infrastructure: { annotations: { 'lbipam.cilium.io/ips': address } },
      listeners,
    },
    { annotations },
  );
}

/** Cloudflare comes in through a tunnel that we open, so that the router has no open port. */
function tunnel(network: Namespace, platform: Pick<Platform, 'secrets' | 'metrics'>, gateways: Application): void {
  const tunnel = new Application(network, 'cloudflare-tunnel', {
    dependsOn: [platform.secrets, platform.metrics, gateways],
  });
  vaultSecret(tunnel, 'cloudflare-tunnel-token');
  new Workload(tunnel, 'cloudflare-tunnel', {
    image: 'docker.io/cloudflare/cloudflared:2026.8.2',
    args: ['tunnel', 'run'],
    replicas: 2,
    port: 8080,
    health: '/ready',
    metrics: '/metrics',
    env: {
      NO_AUTOUPDATE: 'true',
      TUNNEL_METRICS: '0.0.0.0:8080',
      TUNNEL_POST_QUANTUM: 'true',
      TUNNEL_TRANSPORT_PROTOCOL: 'quic',
    },
    secretEnv: { TUNNEL_TOKEN: { secret: 'cloudflare-tunnel-token', key: 'token' } },
    volumes: { config: { path: '/etc/cloudflared', files: { 'config.yaml': TUNNEL } } },
    cpu: 10,
    memory: { request: 64, limit: 256 },
    user: 65532,
    prefer: 'arm64',
  });
}

const TUNNEL = `ingress:
  - hostname: "*.${PUBLIC_DOMAIN}"
    service: https://public.network.svc.cluster.local:443
    originRequest:
      http2Origin: true
      originServerName: ${PUBLIC_DOMAIN}
  - service: http_status:404
`;
