import { customKind } from '../../constructs/index.ts';
import type { Backend } from './gateway-api.ts';

/** What Envoy Gateway adds to the Gateway API, as far as this cluster uses it. */
const API = 'gateway.envoyproxy.io/v1alpha1';

export const EnvoyProxy = customKind<{
  provider: {
    type: 'Kubernetes';
    kubernetes: {
      envoyDeployment: {
        replicas: number;
        container: { resources: { requests: { cpu: string; memory: string }; limits: { memory: string } } };
      };
      envoyService: { externalTrafficPolicy: 'Cluster' | 'Local' };
    };
  };
  shutdown: { drainTimeout: string };
}>(API, 'EnvoyProxy');

interface ForEveryGateway {
  readonly targetSelectors: readonly [{ group: 'gateway.networking.k8s.io'; kind: 'Gateway' }];
}

export const ClientTrafficPolicy = customKind<
  ForEveryGateway & {
    clientIPDetection: { xForwardedFor: { trustedCIDRs: readonly string[] } };
    tls: { minVersion: '1.2' | '1.3'; alpnProtocols: readonly ('h2' | 'http/1.1')[] };
  }
>(API, 'ClientTrafficPolicy');

export const BackendTrafficPolicy = customKind<
  ForEveryGateway & {
    compressor: readonly ({ type: 'Brotli'; brotli: object } | { type: 'Gzip'; gzip: object })[];
    timeout: { http: { requestTimeout: string } };
  }
>(API, 'BackendTrafficPolicy');

/** Asks a service about every request before it goes on. */
export const SecurityPolicy = customKind<{
  targetRefs: readonly { group: 'gateway.networking.k8s.io'; kind: 'HTTPRoute'; name: string }[];
  extAuth: { http: { backendRefs: readonly Backend[]; path: string; headersToBackend: readonly string[] } };
}>(API, 'SecurityPolicy');
