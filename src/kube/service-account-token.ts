import { formatJson, mapOf, textOf } from '../manifest/index.ts';
import type { RequestedToken } from './access.ts';
import type { KubeClient } from './client.ts';

/**
 * A token of a service account (authentication.k8s.io/v1, TokenRequest), for as long as the API server gives one.
 *
 * @param audiences whom it is for
 * @throws {ApiError} `kube/not-found` where there is no such account, `kube/forbidden`
 */
export async function requestToken(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  audiences: readonly string[],
): Promise<RequestedToken> {
  const place = `namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}`;
  const { body } = await client.request({
    method: 'POST',
    path: `/api/v1/${place}/token`,
    body: formatJson({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } }),
    headers: { 'content-type': 'application/json' },
    verb: `create serviceaccounts/token in namespace ${namespace}`,
    object: `ServiceAccount/${namespace}/${name}`,
  });
  const { token, expirationTimestamp } = mapOf(body.status);
  return { token: textOf(token), expires: Date.parse(textOf(expirationTimestamp)) };
}
