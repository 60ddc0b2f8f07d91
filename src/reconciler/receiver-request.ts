/** What a webhook asks for, by the Receiver that it is sent to. */
import {
  getObject,
  type KubeClient,
  type KubeObject,
  listObjects,
  type ObjectReference,
  patchObject,
} from '../kube/index.ts';
import { isList, isObject, type JsonObject, mapOf, splitApiVersion, textOf } from '../manifest/index.ts';
import { verifyReceiver } from '../sources/index.ts';
import { sentenceOf } from './failure.ts';
import { type ResourceFilter, resourceFilter } from './receiver-filter.ts';
import type { ReceiverOptions } from './receivers.ts';
import { SOURCE } from './sources.ts';

/** A Receiver that a path leads to. */
export interface Listening {
  readonly receiver: KubeObject;
  readonly token: string;
}

/** ReceiverServer: the groups of kinds that are named without one. */
const GROUPS: Readonly<Record<string, string>> = {
  Bucket: SOURCE.group,
  GitRepository: SOURCE.group,
  HelmChart: SOURCE.group,
  HelmRepository: SOURCE.group,
  OCIRepository: SOURCE.group,
  ImageRepository: 'image.toolkit.fluxcd.io',
};

/** @returns whether the request is right, and all that the Receiver names and its filter lets pass was asked to reconcile */
export async function handleWebhook(
  client: KubeClient,
  { receiver, token }: Listening,
  request: Parameters<typeof verifyReceiver>[0],
  { noCrossNamespaceRefs, onRequest }: ReceiverOptions,
): Promise<boolean> {
  const spec = mapOf(receiver.spec);
  const { name, namespace = '' } = receiver.metadata;
  const tell = (what: string): void => {
    onRequest(`Receiver/${namespace}/${name} ${what}`);
  };
  const events = isList(spec.events) ? spec.events.filter((one) => typeof one === 'string') : [];
  const verdict = verifyReceiver(request, { type: textOf(spec.type), events }, token);
  if (!verdict.accepted) {
    tell(`refused a webhook: ${verdict.reason}`);
    return false;
  }
  let isWanted: ResourceFilter;
  try {
    isWanted = resourceFilter(textOf(spec.resourceFilter), request);
  } catch (error) {
    tell(`has a resourceFilter that cannot be asked: ${sentenceOf(error)}`);
    return false;
  }
  let isRight = true;
  for (const resource of (isList(spec.resources) ? spec.resources : []).filter(isObject)) {
    const where = textOf(resource.namespace) || namespace;
    const what = `${textOf(resource.kind)}/${where}/${textOf(resource.name)}`;
    try {
      if (noCrossNamespaceRefs && where !== namespace) throw new Error('cross-namespace references have been blocked');
      const asked = await askFor(client, resource, where, isWanted);
      tell(
        asked ? `asks for ${what}` : `asks for none of ${what}: none is there, or its resourceFilter lets none pass`,
      );
    } catch (error) {
      tell(`could not ask for ${what}: ${sentenceOf(error)}`);
      isRight = false;
    }
  }
  return isRight;
}

/**
 * Makes the annotation that asks for a reconciliation another one (ReceiverServer.requestReconciliation).
 *
 * @returns whether anything was asked for
 */
async function askFor(
  client: KubeClient,
  resource: JsonObject,
  namespace: string,
  isWanted: ResourceFilter,
): Promise<boolean> {
  const kind = textOf(resource.kind);
  const given = textOf(resource.apiVersion);
  const group = given === '' ? GROUPS[kind] : splitApiVersion(given).group;
  if (group === undefined) throw new Error(`apiVersion must be specified for kind '${kind}'`);
  const found =
    textOf(resource.name) === '*'
      ? await withLabels(client, { group, kind }, namespace, resource)
      : [await byName(client, { group, kind, namespace, name: textOf(resource.name) })];
  const wanted = found.filter(isWanted);
  const patch = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() } } };
  for (const { metadata } of wanted) {
    const reference = { group, kind, namespace, name: metadata.name };
    await patchObject(client, reference, patch, { fieldManager: 'notification-controller' });
  }
  return wanted.length > 0;
}

async function byName(client: KubeClient, reference: ObjectReference): Promise<KubeObject> {
  const object = await getObject(client, reference);
  if (object !== undefined) return object;
  const { kind, namespace, name } = reference;
  throw new Error(`unable to read ${kind} '${namespace}/${name}' error: not found`);
}

/** `name: '*'` is all that have the labels. */
async function withLabels(
  client: KubeClient,
  kind: { readonly group: string; readonly kind: string },
  namespace: string,
  { matchLabels }: JsonObject,
): Promise<readonly KubeObject[]> {
  const labels = Object.entries(mapOf(matchLabels)).map(([key, value]) => `${key}=${textOf(value)}`);
  if (labels.length === 0) throw new Error("matchLabels field not set when using wildcard '*' as name");
  return (await listObjects(client, kind, { namespace, labelSelector: labels.join(',') })).objects;
}
