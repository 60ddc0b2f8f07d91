import { setTimeout as sleep } from 'node:timers/promises';
import type { Standing } from '../../reconciler/index.ts';
import type { Session } from './session.ts';

/** How often one looks, where something has happened. */
const LOOK_MS = 100;
/** What fails is tried again meanwhile, since what it lacks may be on its way. */
const PATIENCE_MS = 10_000;

/**
 * Waits until all is ready, or until nothing more is to be expected: all has been tried, and nothing has changed for some
 * seconds.
 *
 * @param cannotBeReady what is not waited for any longer though its try is still under way
 * @returns how far all is then
 */
export async function untilSettled(
  session: Session,
  cannotBeReady: (standing: Standing) => boolean = () => false,
): Promise<readonly Standing[]> {
  let before = '';
  let since = performance.now();
  for (;;) {
    session.signal.throwIfAborted();
    const standings = session
      .standings()
      .map((one) => (cannotBeReady(one) ? { ...one, state: 'failed' as const } : one));
    if (session.isSettled(standings)) {
      if (notReady(standings).length === 0) return standings;
      const now = JSON.stringify(standings.map(({ state, revision }) => [state, revision]));
      if (now !== before) since = performance.now();
      before = now;
      if (performance.now() - since >= PATIENCE_MS) return standings;
    } else before = '';
    await sleep(LOOK_MS, undefined, { signal: session.signal });
  }
}

/** What is suspended is so by somebody's wish. */
export function notReady(standings: readonly Standing[]): readonly Standing[] {
  return standings.filter(({ state }) => state !== 'ready' && state !== 'suspended');
}
