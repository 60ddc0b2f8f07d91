/**
 * A lease (coordination.k8s.io/v1) is held by one at a time, by the rules of client-go's leader election
 * (tools/leaderelection): so Flux's controllers see in us one of their own, and we in them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../manifest/index.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { asObject, type KubeObject } from './object.ts';
import { createObject, getObject, replaceObject } from './objects.ts';
import { watchObjects } from './watch.ts';

export interface LeaseOptions {
  readonly namespace: string;
  /** For example `kustomize-controller-leader-election`. */
  readonly name: string;
  /** Unlike that of any other process, and of this one when it starts again. */
  readonly identity: string;
  /** After how long without renewal others may take it. Default: 35 s, as Flux's controllers have it. */
  readonly durationMs?: number;
  /** After how long without renewal we count it as lost, before others may take it. Default: 30 s. */
  readonly renewDeadlineMs?: number;
  /** Time between two renewals, or two looks at a lease of another. Default: 5 s. */
  readonly retryMs?: number;
  /** Gives up waiting. A lease that is held is not released by it. */
  readonly signal?: AbortSignal | undefined;
  /** Is told who holds it, once for each holder that is waited for. */
  readonly onWaiting?: ((holder: string) => void) | undefined;
}

export interface HeldLease {
  /** Is aborted when it is no longer ours for sure; the reason is a {@link SlipwayError} `kube/lease-lost`. */
  readonly lost: AbortSignal;
  /** Gives it back, so that the next holder need not wait until it runs out. */
  readonly release: () => Promise<void>;
}

const FIELD_MANAGER = 'slipway';
const KIND = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' };

/** What is known of the lease: its last state, and when we first saw that. Clocks of others are not trusted. */
interface Observation {
  readonly object: KubeObject;
  readonly seenAt: number;
}

type Attempt = { readonly held: KubeObject } | { readonly heldBy: string };

/**
 * Waits until the lease is ours: at once where it is free or was given back, else when its holder lets it run out.
 *
 * @throws the signal's reason; {@link SlipwayError} `kube/…` where the cluster refuses.
 */
export async function acquireLease(client: KubeClient, options: LeaseOptions): Promise<HeldLease> {
  const { retryMs = 5000, signal, onWaiting } = options;
  const bell = createBell();
  const stop = new AbortController();
  const watching = ringOnChange(client, options, bell.ring, stop.signal);
  try {
    let observation: Observation | undefined;
    let waitsFor: string | undefined;
    for (;;) {
      const [attempt, seen] = await take(client, options, observation);
      if ('held' in attempt) return hold(client, options, attempt.held);
      observation = seen;
      if (attempt.heldBy !== waitsFor) onWaiting?.(attempt.heldBy);
      waitsFor = attempt.heldBy;
      await bell.wait(retryMs, signal);
    }
  } finally {
    stop.abort();
    await watching;
  }
}

/** One try (client-go: LeaderElector.tryAcquireOrRenew). */
async function take(
  client: KubeClient,
  options: LeaseOptions,
  before: Observation | undefined,
): Promise<[Attempt, Observation | undefined]> {
  const object = await getObject(client, { ...KIND, ...options }, { signal: options.signal });
  const now = performance.now();
  if (object === undefined) return [await create(client, options), undefined];
  const isSame = before !== undefined && before.object.metadata.resourceVersion === object.metadata.resourceVersion;
  const observation = isSame ? before : { object, seenAt: now };
  const spec = specOf(object);
  const holder = text(spec.holderIdentity);
  const runsOutAt = observation.seenAt + seconds(spec.leaseDurationSeconds) * 1000;
  if (holder !== '' && holder !== options.identity && now < runsOutAt) return [{ heldBy: holder }, observation];
  return [await update(client, options, object, holder), observation];
}

async function create(client: KubeClient, options: LeaseOptions): Promise<Attempt> {
  const { namespace, name } = options;
  const time = microTime();
  const spec = { ...ownSpec(options), acquireTime: time, renewTime: time, leaseTransitions: 0 };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec };
  try {
    return { held: (await createObject(client, lease, { fieldManager: FIELD_MANAGER })).object };
  } catch (error) {
    if (isApiError(error, 'kube/already-exists')) return { heldBy: '' };
    throw error;
  }
}

async function update(client: KubeClient, options: LeaseOptions, lease: KubeObject, holder: string): Promise<Attempt> {
  const spec = specOf(lease);
  const isOurs = holder === options.identity;
  const time = microTime();
  const next = {
    ...spec,
    ...ownSpec(options),
    renewTime: time,
    acquireTime: isOurs ? (spec.acquireTime ?? time) : time,
    leaseTransitions: seconds(spec.leaseTransitions) + (isOurs ? 0 : 1),
  };
  try {
    return { held: await write(client, lease, next) };
  } catch (error) {
    // Another one was quicker.
    if (isApiError(error, 'kube/conflict')) return { heldBy: '' };
    throw error;
  }
}

function hold(client: KubeClient, options: LeaseOptions, acquired: KubeObject): HeldLease {
  const { renewDeadlineMs = 30_000, retryMs = 5000, identity, name, namespace } = options;
  const lost = new AbortController();
  const stop = new AbortController();
  let lease = acquired;
  let renewedAt = performance.now();

  const renew = async (): Promise<void> => {
    const spec = { ...specOf(lease), ...ownSpec(options), renewTime: microTime() };
    try {
      lease = await write(client, lease, spec);
    } catch (error) {
      if (!isApiError(error, 'kube/conflict') && !isApiError(error, 'kube/not-found')) return;
      // Somebody changed it: it may be ours still, with a label more.
      const [attempt] = await take(client, { ...options, signal: stop.signal }, { object: lease, seenAt: renewedAt });
      if ('heldBy' in attempt) {
        if (attempt.heldBy !== '') lost.abort(lostError(namespace, name, `${attempt.heldBy} took it`));
        return;
      }
      lease = attempt.held;
    }
    renewedAt = performance.now();
  };
  const keep = async (): Promise<void> => {
    while (!stop.signal.aborted && !lost.signal.aborted) {
      await sleep(retryMs, undefined, { signal: stop.signal, ref: false });
      await renew().catch(() => undefined);
    }
  };
  const keeping = keep().catch(() => undefined);
  // A renewal may hang for longer than the lease lasts, so the deadline does not wait for it.
  const watchdog = setInterval(() => {
    if (performance.now() - renewedAt < renewDeadlineMs) return;
    lost.abort(lostError(namespace, name, 'it could not be renewed in time'));
  }, retryMs / 5).unref();
  lost.signal.addEventListener('abort', () => {
    clearInterval(watchdog);
  });

  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(watchdog);
      stop.abort();
      await keeping;
      if (lost.signal.aborted) return;
      const now = await getObject(client, { ...KIND, namespace, name });
      if (now === undefined || text(specOf(now).holderIdentity) !== identity) return;
      const time = microTime();
      // client-go: LeaderElector.release. One second, since nothing at all is no valid duration.
      const free = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time };
      await write(client, now, { ...specOf(now), ...free });
    },
  };
}

async function write(client: KubeClient, lease: KubeObject, spec: JsonObject): Promise<KubeObject> {
  return asObject((await replaceObject(client, { ...lease, spec }, { fieldManager: FIELD_MANAGER })).object);
}

function ownSpec({ identity, durationMs = 35_000 }: LeaseOptions) {
  return { holderIdentity: identity, leaseDurationSeconds: Math.ceil(durationMs / 1000) };
}

/** Rings whenever the lease changes. Without the right to watch, one has to look now and then. */
async function ringOnChange(
  client: KubeClient,
  { namespace, name }: LeaseOptions,
  ring: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const selection = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    // At the list too: the lease may have been given back since it was last looked at.
    const events = watchObjects(client, KIND, selection);
    while ((await events.next()).done !== true) ring();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
  }
}

interface Bell {
  readonly ring: () => void;
  /** Waits for it to ring, or as long as this. It may have rung since the last wait. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

function createBell(): Bell {
  let hasRung = false;
  let wake: AbortController | undefined;
  return {
    ring: () => {
      hasRung = true;
      wake?.abort();
    },
    wait: async (milliseconds, signal) => {
      if (!hasRung) {
        wake = new AbortController();
        const either = signal === undefined ? wake.signal : AbortSignal.any([wake.signal, signal]);
        await sleep(milliseconds, undefined, { signal: either }).catch(() => undefined);
        signal?.throwIfAborted();
      }
      hasRung = false;
    },
  };
}

function specOf(lease: KubeObject): JsonObject {
  return isObject(lease.spec) ? lease.spec : {};
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function seconds(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** meta/v1: MicroTime, which has six digits behind the second. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

function lostError(namespace: string, name: string, why: string): SlipwayError {
  return new SlipwayError({
    code: 'kube/lease-lost',
    message: `The lease is no longer held: ${why}.`,
    place: { object: `Lease/${namespace}/${name}` },
    exitStatus: 3,
  });
}
