import { type Health, type HealthExpressions, isLastingPodFailure, objectHealth } from '../flux/index.ts';
import { getObject, isApiError, type KubeClient, listObjects } from '../kube/index.ts';
import { formatIdentity, identityKey, type ObjectIdentity } from '../manifest/index.ts';
import { Alarm } from './alarm.ts';
import { sentenceOf } from './failure.ts';
import type { LiveObjects } from './live-objects.ts';
import { podSelector } from './pod-selector.ts';

export interface WaitContext {
  readonly client: KubeClient;
  readonly live: LiveObjects;
  /** Whether the client acts as an account, which must be allowed to read the objects, as with Flux. */
  readonly isImpersonated: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends at the first object that has failed, and does not wait for the others. */
  readonly failFast: boolean;
  /** Jobs that the cluster deletes once they are done, by `identityKey`: of these, gone is well. */
  readonly passingJobs?: ReadonlySet<string>;
  /** How custom resources say how they fare; by default as kstatus has it. */
  readonly expressions: HealthExpressions;
  readonly signal: AbortSignal;
  /** Is told once, where it takes longer than three seconds. */
  readonly onWaiting?: () => Promise<void>;
}

/** What takes less long is not worth a word. */
const WORTH_A_WORD_MS = 3000;
/** How often the pods of a workload that is not ready are looked at: nothing else has to be asked for. */
const PODS_POLL_MS = 5000;
const WORKLOADS = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/ReplicaSet']);

interface Observed {
  readonly target: ObjectIdentity;
  readonly status: Health['status'] | 'Unknown';
  readonly reason?: string | undefined;
}

/**
 * Ends when all objects are well (ssa: WaitForSetWithContext), told by watches of each change that makes them so.
 *
 * @throws Error in Flux's words where the time is over or an object has failed; the signal's reason.
 */
export async function waitForHealth(targets: readonly ObjectIdentity[], context: WaitContext): Promise<void> {
  const { live, signal } = context;
  const alarm = new Alarm<'change'>();
  const unread = new Map<string, string>();
  for (const target of targets) {
    await live.follow(target).catch((error: unknown) => {
      signal.throwIfAborted();
      unread.set(identityKey(target), sentenceOf(error));
    });
  }
  let denied = await deniedObjects(targets, context);
  const stops = targets.map((target) =>
    live.listen(identityKey(target), () => {
      alarm.wake('change');
    }),
  );
  try {
    const end = performance.now() + context.timeout;
    let wordAt = performance.now() + WORTH_A_WORD_MS;
    let podsAt = performance.now() + PODS_POLL_MS;
    let failedByPods: ReadonlySet<string> = new Set();
    for (;;) {
      signal.throwIfAborted();
      const seen = targets.map((target) =>
        observe(target, context, (key) => denied.get(key) ?? unread.get(key), failedByPods),
      );
      if (seen.every(({ status }) => status === 'Current')) return;
      const hasFailed = seen.some(({ status }) => status === 'Failed');
      const isOver = seen.every(({ status }) => status === 'Failed' || status === 'Current');
      if (isOver || (context.failFast && hasFailed)) {
        throw new Error(describe('failed early due to stalled resources', seen.filter(isFailed)));
      }
      const now = performance.now();
      if (now >= end) throw new Error(describe('timeout waiting for', seen.filter(isNotWell)));
      if (now >= wordAt) {
        wordAt = Infinity;
        await context.onWaiting?.();
        continue;
      }
      if (now >= podsAt) {
        failedByPods = await workloadsWithFailedPods(seen, context);
        denied = await deniedObjects(targets, context);
        podsAt = performance.now() + PODS_POLL_MS;
        continue;
      }
      await alarm.sleep(Math.min(end, podsAt, wordAt) - now, signal);
    }
  } finally {
    for (const stop of stops) stop();
  }
}

/** Why the account that is acted as may not read an object, by `identityKey`; what it may is told by our own watches. */
async function deniedObjects(
  targets: readonly ObjectIdentity[],
  { client, isImpersonated, signal }: WaitContext,
): Promise<ReadonlyMap<string, string>> {
  const denied = new Map<string, string>();
  for (const target of isImpersonated ? targets : []) {
    try {
      await getObject(client, target, { signal });
    } catch (error) {
      signal.throwIfAborted();
      // Whatever else it is: it was not shown to the account, and so nothing of it is.
      denied.set(identityKey(target), isApiError(error) ? error.serverMessage : sentenceOf(error));
    }
  }
  return denied;
}

function observe(
  target: ObjectIdentity,
  { live, passingJobs, expressions }: WaitContext,
  whyUnread: (key: string) => string | undefined,
  failedByPods: ReadonlySet<string>,
): Observed {
  const key = identityKey(target);
  const reason = whyUnread(key);
  if (reason !== undefined) return { target, status: 'Unknown', reason };
  const object = live.get(key);
  if (object === undefined) return { target, status: passingJobs?.has(key) === true ? 'Current' : 'NotFound' };
  try {
    const { status } = objectHealth(object, Date.now(), expressions);
    return { target, status: status === 'InProgress' && failedByPods.has(key) ? 'Failed' : status };
  } catch (error) {
    // An expression without a value, for example of an object without a status, may have one later (cli-utils:
    // errResourceToResourceStatus).
    return { target, status: 'Unknown', reason: sentenceOf(error) };
  }
}

function isFailed({ status }: Observed): boolean {
  return status === 'Failed';
}

function isNotWell({ status }: Observed): boolean {
  return status !== 'Current';
}

function describe(what: string, seen: readonly Observed[]): string {
  const parts = seen.map(({ target, status, reason }) => {
    return `${formatIdentity(target)} status: '${status}'${reason === undefined ? '' : `: ${reason}`}`;
  });
  return `${what}: [${parts.join(', ')}]`;
}

/** A workload in progress whose pods have failed has failed (cli-utils: podControllerStatusReader). */
async function workloadsWithFailedPods(
  seen: readonly Observed[],
  { live, client, expressions, signal }: WaitContext,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  for (const { target, status } of seen) {
    const object = live.get(identityKey(target));
    if (status !== 'InProgress' || object === undefined || !WORKLOADS.has(`${target.group}/${target.kind}`)) continue;
    // What it says for itself is all that counts then (cli-utils: no pods are read for a custom status reader).
    if (expressions(object) !== undefined) continue;
    const labelSelector = podSelector(object);
    if (labelSelector === undefined) continue;
    const kind = { group: '', version: 'v1', kind: 'Pod' };
    const { objects } = await listObjects(client, kind, { namespace: target.namespace, labelSelector, signal });
    if (objects.some((pod) => isLastingPodFailure(pod, Date.now()))) failed.add(identityKey(target));
  }
  return failed;
}
