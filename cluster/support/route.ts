import type { Application } from '../../constructs/index.ts';
import { SecurityPolicy } from '../kinds/envoy-gateway.ts';
import { HTTPRoute, type Backend, type ParentReference } from '../kinds/gateway-api.ts';

/** The two gateways: what is open to the internet goes through one, what is for the home through the other. */
export const GATEWAYS = {
  public: { name: 'public', namespace: 'network', sectionName: 'https' },
  internal: { name: 'internal', namespace: 'network', sectionName: 'https' },
} as const satisfies Record<string, ParentReference>;

/** Authentik's outpost, which is part of its server: whoever has not logged in is sent there. */
export const OUTPOST = { name: 'authentik-server', namespace: 'identity', port: 80 } as const satisfies Backend;
const OUTPOST_PATH = '/outpost.goauthentik.io';

export interface RouteOptions {
  /** Default: `internal`. */
  readonly gateway?: keyof typeof GATEWAYS;
  readonly host: string;
  readonly service: Backend;
  /** Whether Authentik asks for a login first: for what has no users of its own. Default: false. */
  readonly login?: boolean;
}

/** Sends the requests for a host to a Service in the namespace of the Application. */
export function route(application: Application, name: string, options: RouteOptions): void {
  const { gateway = 'internal', host, service, login = false } = options;
  new HTTPRoute(application, name, {
    parentRefs: [GATEWAYS[gateway]],
    hostnames: [host],
    rules: [
      ...(login
        ? [{ matches: [{ path: { type: 'PathPrefix' as const, value: OUTPOST_PATH } }], backendRefs: [OUTPOST] }]
        : []),
      { backendRefs: [service] },
    ],
  });
  if (!login) return;
  new SecurityPolicy(application, name, {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name }],
    extAuth: {
      http: {
        backendRefs: [OUTPOST],
        path: `${OUTPOST_PATH}/auth/envoy`,
        headersToBackend: ['set-cookie', 'x-authentik-username', 'x-authentik-groups', 'x-authentik-email'],
      },
    },
  });
}
