import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import type { KubeClient } from './client.ts';
import { LEASE, type HeldLease, type LeaseOptions, lookAtLease, type Observation, takeLease } from './lease.ts';
import { watchObjects } from './watch.ts';

export interface LeasesOptions extends Omit<LeaseOptions, 'name'> {
  readonly names: readonly string[];
  /** Gives up waiting. Leases that are held are not released by it. */
  readonly signal?: AbortSignal | undefined;
  /** Is told who holds one of them, once for each holder that is waited for. */
  readonly onWaiting?: ((name: string, holder: string) => void) | undefined;
}

const RETRY_MS = 5000;

/**
 * Waits until all of the leases are ours, and holds none of them before: at once where they are free or were given back,
 * else when their holders let them run out.
 *
 * @returns what is lost as soon as one of them is
 * @throws the signal's reason; SlipwayError `kube/…` where the cluster refuses
 */
export async function acquireLeases(client: KubeClient, options: LeasesOptions): Promise<HeldLease> {
  const { names, signal, retryMs = RETRY_MS, onWaiting } = options;
  const bell = createBell();
  const stop = new AbortController();
  const watching = names.map((name) => ringOnChange(client, { ...options, name }, bell.ring, stop.signal));
  const waitsFor = new Map<string, string>();
  let seen: readonly Observation[] = [];
  try {
    for (;;) {
      const before = seen;
      seen = await Promise.all(names.map((name, at) => lookAtLease(client, { ...options, name }, before[at])));
      for (const [at, name] of names.entries()) {
        const heldBy = seen[at]?.heldBy ?? '';
        if (heldBy !== '' && heldBy !== waitsFor.get(name)) onWaiting?.(name, heldBy);
        waitsFor.set(name, heldBy);
      }
      if (seen.every(({ heldBy }) => heldBy === '')) {
        const held = await takeAll(client, options, seen);
        if (held !== undefined) return held;
      }
      await bell.wait(retryMs, signal);
    }
  } finally {
    stop.abort();
    await Promise.all(watching);
  }
}

/** One after the other, in the same order everywhere: of two who want the same, the one who gets the first gets all. */
async function takeAll(
  client: KubeClient,
  options: LeasesOptions,
  seen: readonly Observation[],
): Promise<HeldLease | undefined> {
  const held: HeldLease[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(held.map((lease) => lease.release()));
  };
  try {
    for (const [at, observation] of seen.entries()) {
      const name = options.names[at] ?? '';
      const lease = await takeLease(client, { ...options, name }, observation);
      if (lease === undefined) {
        await release();
        return undefined;
      }
      held.push(lease);
    }
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
  return { lost: AbortSignal.any(held.map(({ lost }) => lost)), release };
}

/** Rings whenever the lease changes. Without the right to watch, one has to look now and then. */
async function ringOnChange(
  client: KubeClient,
  { namespace, name }: Pick<LeaseOptions, 'namespace' | 'name'>,
  ring: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const selection = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    // At the list too: the lease may have been given back since it was last looked at.
    const events = watchObjects(client, LEASE, selection);
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
