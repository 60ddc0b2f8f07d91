/** The status of Receivers, which says where to send webhooks (notification-controller: ReceiverReconciler). */
import {
  type Conditions,
  markReconciling,
  markStalled,
  parseConditions,
  setCondition,
  withoutCondition,
} from '../flux/index.ts';
import { getObject, type KubeClient, type KubeObject, listObjects, watchObjects } from '../kube/index.ts';
import { type JsonObject, mapOf, textOf } from '../manifest/index.ts';
import { Alarm } from './alarm.ts';
import { sentenceOf } from './failure.ts';
import { RECEIVER, webhookOf } from './receiver.ts';
import { parseResourceFilter } from './receiver-filter.ts';
import type { ReceiverOptions } from './receivers.ts';
import { writeStatus } from './status.ts';
import { keeperOf } from './survey/keepers.ts';

const CONTROLLER = 'notification-controller';
/** How often one looks whether a Secret has another token, and whether the controller is there. */
const LOOK_MS = 60_000;

/**
 * Keeps the status of Receivers for as long as nobody else does: Flux's own controller, where it runs, listens elsewhere, at
 * the same paths. Ends when the signal does.
 */
export async function keepReceiverStatus(client: KubeClient, options: ReceiverOptions): Promise<void> {
  const { signal, onRequest } = options;
  const alarm = new Alarm<'changed'>();
  let following: Promise<void> | undefined;
  let told = '';
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    following ??= follow(client, options, alarm).finally(() => {
      following = undefined;
    });
    try {
      if (!(await isControllerThere(client, options))) await writeAll(client, options);
      told = '';
    } catch (error) {
      const sentence = `The status of Receivers is not written: ${sentenceOf(error)}`;
      if (!isOver() && sentence !== told) onRequest(sentence);
      told = sentence;
    }
    await alarm.sleep(LOOK_MS, signal);
  }
  await following;
}

/** Wakes whenever a Receiver changes; without the kind, or the right to watch, one has to look now and then. */
async function follow(
  client: KubeClient,
  { namespace, signal }: ReceiverOptions,
  alarm: Alarm<'changed'>,
): Promise<void> {
  try {
    const selection = { ...(namespace !== undefined && { namespace }), signal };
    const events = watchObjects(client, RECEIVER, selection);
    while ((await events.next()).done !== true) alarm.wake('changed');
  } catch {
    // The next look says what is wrong, and follows anew.
  }
}

async function isControllerThere(client: KubeClient, { fluxNamespace }: ReceiverOptions): Promise<boolean> {
  const reference = { group: 'coordination.k8s.io', kind: 'Lease', namespace: fluxNamespace };
  const lease = await getObject(client, { ...reference, name: `${CONTROLLER}-leader-election` });
  return lease !== undefined && keeperOf(lease, Date.now()) !== undefined;
}

async function writeAll(client: KubeClient, { namespace }: ReceiverOptions): Promise<void> {
  const { objects } = await listObjects(client, RECEIVER, namespace === undefined ? {} : { namespace });
  for (const receiver of objects) {
    const isOurs = mapOf(receiver.spec).suspend !== true && receiver.metadata.deletionTimestamp === undefined;
    if (!isOurs) continue;
    await writeStatus(client, receiver, mapOf(receiver.status), await statusOf(receiver, client), CONTROLLER);
  }
}

async function statusOf(receiver: KubeObject, client: KubeClient): Promise<JsonObject> {
  const { generation: given, annotations } = receiver.metadata;
  const generation = typeof given === 'number' ? given : 0;
  const saying = { now: Date.now(), generation };
  const before = parseConditions(mapOf(receiver.status).conditions);
  const requestedAt = textOf(mapOf(annotations)['reconcile.fluxcd.io/requestedAt']);
  const handled = requestedAt === '' ? {} : { lastHandledReconcileAt: requestedAt };
  const wrongFilter = problemOf(textOf(mapOf(receiver.spec).resourceFilter));
  if (wrongFilter !== undefined) {
    const message = `Reconciliation failed terminally due to configuration error: ${wrongFilter}`;
    const failed = setCondition(before, 'Ready', 'False', 'InvalidCELExpression', message, saying);
    const conditions = markStalled(failed, 'InvalidCELExpression', message, saying);
    return { ...handled, conditions: [...conditions], observedGeneration: generation };
  }
  const webhook = await webhookOf(receiver, client);
  if ('problem' in webhook) {
    const failed = setCondition(before, 'Ready', 'False', 'TokenNotFound', webhook.problem, saying);
    const conditions = markReconciling(failed, 'ProgressingWithRetry', 'Reconciliation in progress', saying);
    return { ...handled, conditions: [...conditions], webhookPath: '' };
  }
  const message = `Receiver initialized for path: ${webhook.path}`;
  const kept: Conditions = withoutCondition(withoutCondition(before, 'Reconciling'), 'Stalled');
  const conditions = setCondition(kept, 'Ready', 'True', 'Succeeded', message, saying);
  return { ...handled, conditions: [...conditions], webhookPath: webhook.path, observedGeneration: generation };
}

function problemOf(filter: string): string | undefined {
  if (filter === '') return undefined;
  try {
    parseResourceFilter(filter);
    return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
}
