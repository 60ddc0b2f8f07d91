import { getObject, type KubeClient, type KubeObject } from '../kube/index.ts';
import { mapOf, textOf } from '../manifest/index.ts';
import { receiverPath } from '../sources/index.ts';

export const RECEIVER = { group: 'notification.toolkit.fluxcd.io', version: 'v1', kind: 'Receiver' };

/** Where a Receiver listens. */
export interface Webhook {
  readonly path: string;
  readonly token: string;
}

/** By the token of its Secret; in notification-controller's words, why there is none (ReceiverReconciler.token). */
export async function webhookOf(
  receiver: KubeObject,
  client: KubeClient,
): Promise<Webhook | { readonly problem: string }> {
  const { name, namespace = '' } = receiver.metadata;
  const secretName = textOf(mapOf(mapOf(receiver.spec).secretRef).name);
  const secret =
    secretName === '' ? undefined : await getObject(client, { group: '', kind: 'Secret', namespace, name: secretName });
  if (secret === undefined) {
    return {
      problem: `unable to read token from secret '${namespace}/${secretName}' error: Secret "${secretName}" not found`,
    };
  }
  const token = Buffer.from(textOf(mapOf(secret.data).token), 'base64').toString('utf8');
  if (token === '') return { problem: `invalid '${namespace}/${secretName}' secret data: required fields 'token'` };
  return { path: receiverPath(token, name, namespace), token };
}
