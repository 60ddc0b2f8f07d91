import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../kube/index.ts';
import { formatIdentity, type ObjectIdentity } from '../../manifest/index.ts';
import { HELM_RELEASE, keepersOf, type Standing } from '../../reconciler/index.ts';
import type { Session } from './session.ts';

/** How often one looks. */
const LOOK_MS = 100;
/** What fails is tried again meanwhile, since what it lacks may be on its way. */
const PATIENCE_MS = 10_000;
/** Of those that wait for others, more than this are not worth a line each. */
const WAITING_SHOWN = 10;

/**
 * Waits until all is ready, or until nothing more is to be expected: all has been tried, and nothing has changed for some
 * seconds. What lacks nothing but HelmReleases is not waited for where nobody carries these out.
 *
 * @returns what is not ready then; what is suspended is so by somebody's wish, and none of these
 */
export async function untilSettled(session: Session, client: KubeClient): Promise<readonly Standing[]> {
  const { signal, reconciler } = session;
  const isHelmAtWork = (await keepersOf(client, Date.now()))?.some(
    ({ controller }) => controller === 'helm-controller',
  );
  // Where there is no such kind, nobody waits for one.
  await reconciler.live.follow(HELM_RELEASE).catch(() => undefined);
  let before = '';
  let since = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const standings = session
      .standings()
      .map((one) => (isHelmAtWork !== true && waitsForReleases(one) ? { ...one, state: 'failed' as const } : one));
    const left = standings.filter(({ state }) => state !== 'ready' && state !== 'suspended');
    if (session.isSettled(standings)) {
      const now = JSON.stringify(
        left.map(({ identity, state, revision }) => [formatIdentity(identity), state, revision]),
      );
      if (now !== before) since = performance.now();
      before = now;
      if (left.length === 0 || performance.now() - since >= PATIENCE_MS) return left;
    } else before = '';
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** A sentence for each thing that is not ready, causes first; what only waits for others is told in one where it is much. */
export function formatLeft(left: readonly Standing[]): readonly string[] {
  const isWaiting = ({ state, message }: Standing): boolean => state === 'waiting' && message.startsWith('dependency ');
  const waiting = left.filter(isWaiting);
  const causes = left.filter((one) => !isWaiting(one)).map(sentenceOf);
  if (waiting.length <= WAITING_SHOWN) return [...causes, ...waiting.map(sentenceOf)];
  const names = waiting.map(({ identity }) => identity.name).join(', ');
  return [...causes, `not ready: ${waiting.length} Kustomizations that wait for others: ${names}`];
}

function sentenceOf({ identity, state, message, unhealthy }: Standing): string {
  const releases = unhealthy.filter(isRelease).map(formatIdentity);
  const why =
    releases.length > 0
      ? `it waits for ${releases.join(', ')}, and slipway does not carry out HelmReleases; Flux's helm-controller does`
      : message;
  return `not ready: ${formatIdentity(identity)} (${state})${why === '' ? '' : `: ${why}`}`;
}

/** Whether it lacks nothing but HelmReleases, for which it would wait until its timeout. */
function waitsForReleases({ state, unhealthy }: Standing): boolean {
  return state === 'under way' && unhealthy.length > 0 && unhealthy.every(isRelease);
}

function isRelease({ group, kind }: ObjectIdentity): boolean {
  return group === HELM_RELEASE.group && kind === HELM_RELEASE.kind;
}
