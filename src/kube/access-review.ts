import { isObject } from '../manifest/index.ts';
import type { KubeClient } from './client.ts';

/** What somebody may do, as a rule of RBAC says it: a verb on a resource. */
export interface Right {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  /** With its subresource, as in `gitrepositories/status`. */
  readonly resource: string;
  /** '' for all namespaces, and for what has none. */
  readonly namespace: string;
}

/** Those of the rights that the client does not have, by the API server's own word (authorization.k8s.io: SelfSubjectAccessReview). */
export async function missingRights(client: KubeClient, rights: readonly Right[]): Promise<readonly Right[]> {
  const answers = await Promise.all(rights.map((right) => hasRight(client, right)));
  return rights.filter((_right, index) => answers[index] === false);
}

async function hasRight(client: KubeClient, right: Right): Promise<boolean> {
  const [resource = '', subresource = ''] = right.resource.split('/');
  const { verb, group, namespace } = right;
  const { body } = await client.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    verb: 'ask for rights',
    headers: { 'content-type': 'application/json' },
    // It changes nothing.
    isIdempotent: true,
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource, subresource, namespace } },
    }),
  });
  return isObject(body.status) && body.status.allowed === true;
}

/** As `patch kustomizations.kustomize.toolkit.fluxcd.io/status in namespace web`. */
export function formatRight({ verb, group, resource, namespace }: Right): string {
  const [name = '', subresource] = resource.split('/');
  const what = `${name}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${what}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
}
