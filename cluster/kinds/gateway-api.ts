import { customKind } from '../../constructs/index.ts';

/** The Gateway API, as far as this cluster uses it. */
const API = 'gateway.networking.k8s.io/v1';

export const GatewayClass = customKind<{
  controllerName: string;
  parametersRef?: { group: string; kind: string; name: string; namespace: string };
}>(API, 'GatewayClass', { clusterScoped: true });

export interface Listener {
  readonly name: string;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly port: number;
  readonly hostname?: string;
  readonly allowedRoutes: { namespaces: { from: 'All' | 'Same' } };
  readonly tls?: { certificateRefs: readonly { kind: 'Secret'; name: string }[] };
}

export const Gateway = customKind<{
  gatewayClassName: string;
  infrastructure?: { annotations: Readonly<Record<string, string>> };
  listeners: readonly Listener[];
}>(API, 'Gateway');

/** A Gateway, or one listener of it, as a route names it. */
export interface ParentReference {
  readonly name: string;
  readonly namespace: string;
  readonly sectionName?: string;
}

export interface Backend {
  readonly name: string;
  /** Another one than the route's, if that allows it by a ReferenceGrant. */
  readonly namespace?: string;
  readonly port: number;
  /** Of a hundred requests, or in relation to the other backends. */
  readonly weight?: number;
}

interface ValueMatch {
  readonly type: 'RegularExpression' | 'Exact';
  readonly name: string;
  readonly value: string;
}

/** All that is given must be so. */
export interface RouteMatch {
  readonly path?: { type: 'PathPrefix' | 'Exact'; value: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
}

export interface RouteRule {
  /** One of them must be so. Default: any request. */
  readonly matches?: readonly RouteMatch[];
  readonly filters?: readonly {
    type: 'RequestRedirect';
    requestRedirect: { scheme: 'https'; statusCode: 301 | 302 };
  }[];
  readonly backendRefs?: readonly Backend[];
  readonly timeouts?: { request: string };
}

export const HTTPRoute = customKind<{
  parentRefs: readonly ParentReference[];
  hostnames?: readonly string[];
  rules: readonly RouteRule[];
}>(API, 'HTTPRoute');

/** Allows objects of other namespaces to name Services of this one. */
export const ReferenceGrant = customKind<{
  from: readonly { group: string; kind: string; namespace: string }[];
  to: readonly { group: ''; kind: 'Service'; name: string }[];
}>('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant');
