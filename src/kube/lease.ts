/**
 * A lease (coordination.k8s.io/v1) is held by one at a time, by the rules of client-go's leader election
 * (tools/leaderelection): so Flux's controllers see in us one of their own, and we in them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import { isObject, type Json, type JsonObject, textOf } from '../manifest/index.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { asObject, type KubeObject } from './object.ts';
import { createObject, getObject, replaceObject } from './objects.ts';

export interface LeaseTimes {
  /** After how long without renewal others may take it. Default: 35 s, as Flux's controllers have it. */
  readonly durationMs?: number | undefined;
  /** After how long without renewal we count it as lost, before others may take it. Default: 30 s. */
  readonly renewDeadlineMs?: number | undefined;
  /** Time between two renewals, or two looks at a lease of another. Default: 5 s. */
  readonly retryMs?: number | undefined;
}

export interface LeaseOptions extends LeaseTimes {
  readonly namespace: string;
  /** For example `kustomize-controller-leader-election`. */
  readonly name: string;
  /** Unlike that of any other process, and of this one when it starts again. */
  readonly identity: string;
  readonly signal?: AbortSignal | undefined;
}

export interface HeldLease {
  /** Is aborted when it is no longer ours for sure; the reason is a {@link SlipwayError} `kube/lease-lost`. */
  readonly lost: AbortSignal;
  /** Gives it back, so that the next holder need not wait until it runs out. */
  readonly release: () => Promise<void>;
}

const FIELD_MANAGER = 'slipway';
export const LEASE = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' };

/** What is known of a lease: its last state, and when we first saw that. Clocks of others are not trusted. */
export interface Observation {
  /** Undefined where there is none. */
  readonly object: KubeObject | undefined;
  readonly seenAt: number;
  /** Another one, who holds it for now; '' where it may be taken. */
  readonly heldBy: string;
}

/** @param before what was seen at the last look, from which on it counts when the lease runs out */
export async function lookAtLease(
  client: KubeClient,
  options: LeaseOptions,
  before: Observation | undefined,
): Promise<Observation> {
  const object = await getObject(client, { ...LEASE, ...options }, { signal: options.signal });
  const now = performance.now();
  if (object === undefined) return { object, seenAt: now, heldBy: '' };
  const isSame = before?.object?.metadata.resourceVersion === object.metadata.resourceVersion;
  const seenAt = isSame && before !== undefined ? before.seenAt : now;
  const spec = specOf(object);
  const holder = textOf(spec.holderIdentity);
  const hasRunOut = now >= seenAt + seconds(spec.leaseDurationSeconds) * 1000;
  return { object, seenAt, heldBy: holder === options.identity || hasRunOut ? '' : holder };
}

/** Takes a lease that may be taken, and renews it from then on; undefined where another was quicker. */
export async function takeLease(
  client: KubeClient,
  options: LeaseOptions,
  { object }: Observation,
): Promise<HeldLease | undefined> {
  const asked = moment();
  const taken = object === undefined ? await create(client, options) : await update(client, options, object);
  return taken === undefined ? undefined : hold(client, options, taken, asked);
}

async function create(client: KubeClient, options: LeaseOptions): Promise<KubeObject | undefined> {
  const { namespace, name } = options;
  const time = microTime();
  const spec = { ...ownSpec(options), acquireTime: time, renewTime: time, leaseTransitions: 0 };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec };
  try {
    return (await createObject(client, lease, { fieldManager: FIELD_MANAGER })).object;
  } catch (error) {
    if (isApiError(error, 'kube/already-exists')) return undefined;
    throw error;
  }
}

async function update(client: KubeClient, options: LeaseOptions, lease: KubeObject): Promise<KubeObject | undefined> {
  const spec = specOf(lease);
  const isOurs = textOf(spec.holderIdentity) === options.identity;
  const time = microTime();
  const next = {
    ...spec,
    ...ownSpec(options),
    renewTime: time,
    acquireTime: isOurs ? (spec.acquireTime ?? time) : time,
    leaseTransitions: seconds(spec.leaseTransitions) + (isOurs ? 0 : 1),
  };
  try {
    return await write(client, lease, next);
  } catch (error) {
    if (isApiError(error, 'kube/conflict') || isApiError(error, 'kube/not-found')) return undefined;
    throw error;
  }
}

function hold(client: KubeClient, options: LeaseOptions, acquired: KubeObject, acquiredAt: Moment): HeldLease {
  const { renewDeadlineMs = 30_000, retryMs = 5000, identity, name, namespace } = options;
  const lost = new AbortController();
  const stop = new AbortController();
  let lease = acquired;
  let renewedAt = acquiredAt;

  const renew = async (): Promise<void> => {
    // Others may count from when the request arrived, and not from its answer.
    const asked = moment();
    const spec = { ...specOf(lease), ...ownSpec(options), renewTime: microTime() };
    try {
      lease = await write(client, lease, spec);
    } catch (error) {
      if (!isApiError(error, 'kube/conflict') && !isApiError(error, 'kube/not-found')) return;
      // Somebody changed it: it may be ours still, with a label more.
      const own = { ...options, signal: stop.signal };
      const seen = await lookAtLease(client, own, { object: lease, seenAt: renewedAt.monotonic, heldBy: '' });
      if (seen.heldBy !== '') {
        lost.abort(lostError(namespace, name, `${seen.heldBy} took it`));
        return;
      }
      const renewed = seen.object === undefined ? await create(client, own) : await update(client, own, seen.object);
      if (renewed === undefined) return;
      lease = renewed;
    }
    renewedAt = asked;
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
    if (elapsedSince(renewedAt) < renewDeadlineMs) return;
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
      const now = await getObject(client, { ...LEASE, namespace, name });
      if (now === undefined || textOf(specOf(now).holderIdentity) !== identity) return;
      const time = microTime();
      // client-go: LeaderElector.release. One second, since nothing at all is no valid duration.
      const free = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time };
      await write(client, now, { ...specOf(now), ...free });
    },
  };
}

/** A time by both clocks, in milliseconds: the monotonic one stands still while the machine sleeps, the other may be set. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

function moment(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** By whichever clock says more. */
function elapsedSince({ monotonic, wall }: Moment): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall);
}

async function write(client: KubeClient, lease: KubeObject, spec: JsonObject): Promise<KubeObject> {
  return asObject((await replaceObject(client, { ...lease, spec }, { fieldManager: FIELD_MANAGER })).object);
}

function ownSpec({ identity, durationMs = 35_000 }: LeaseOptions) {
  return { holderIdentity: identity, leaseDurationSeconds: Math.ceil(durationMs / 1000) };
}

function specOf(lease: KubeObject): JsonObject {
  return isObject(lease.spec) ? lease.spec : {};
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
