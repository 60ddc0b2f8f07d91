import type { ApiRequest, KubeClient } from './client.ts';
import type { Impersonation } from './access.ts';
import type { Headers } from './http.ts';

/** The same client, whose requests are made as somebody else (Flux: spec.serviceAccountName). */
export function impersonating(client: KubeClient, who: Impersonation): KubeClient {
  const headers = impersonationHeaders(who);
  const as = (request: ApiRequest): ApiRequest => ({ ...request, headers: { ...request.headers, ...headers } });
  return {
    ...client,
    request: (request) => client.request(as(request)),
    stream: (request) => client.stream(as(request)),
  };
}

/** A service account, as the API server knows it; it adds the groups itself (apiserver: filters.WithImpersonation). */
export function serviceAccount(namespace: string, name: string): Impersonation {
  return { user: `system:serviceaccount:${namespace}:${name}` };
}

/** The headers of a request that is made as somebody else. */
export function impersonationHeaders({ user, groups = [], uid, extra = {} }: Impersonation): Headers {
  return {
    'impersonate-user': user,
    ...(groups.length > 0 ? { 'impersonate-group': groups } : {}),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
        values,
      ]),
    ),
  };
}
