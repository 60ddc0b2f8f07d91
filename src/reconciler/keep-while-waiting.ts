import { Alarm } from './alarm.ts';
import type { ReconcilerContext } from './context.ts';
import { DriftWatch } from './drift.ts';
import type { Kustomization } from './kustomization.ts';
import type { Managed } from './reconcile.ts';

/** What the API server refuses is tried again after this; the Kustomization says so when its wait is over. */
const RETRY_MS = 5000;

/**
 * Puts right what others change of the objects of a Kustomization while it waits for their health, which may take long.
 *
 * @returns what ends it
 */
export function keepWhileWaiting(
  managed: Managed,
  kustomization: Kustomization,
  context: ReconcilerContext,
  signal: AbortSignal,
): () => Promise<void> {
  const alarm = new Alarm<'drift'>();
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const watch = new DriftWatch(managed, context.live, () => {
    alarm.wake('drift');
  });
  const run = async (): Promise<void> => {
    let pause: number | undefined;
    for (;;) {
      await alarm.sleep(pause, either);
      if (either.aborted) return;
      pause = await watch.repair(kustomization, context, either).catch(() => RETRY_MS);
    }
  };
  const ended = run().finally(() => {
    watch.stop();
  });
  return async () => {
    over.abort();
    await ended;
  };
}
