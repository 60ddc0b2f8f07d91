import { formatDuration, type HealthExpressions } from '../flux/index.ts';
import type { JsonObject, ObjectIdentity } from '../manifest/index.ts';
import type { Applied } from './apply-objects.ts';
import type { ReconcilerContext } from './context.ts';
import { Failure, sentenceOf } from './failure.ts';
import { type Kustomization, KUSTOMIZATION, subjectOf } from './kustomization.ts';
import { keepWhileWaiting } from './keep-while-waiting.ts';
import { jobsThatPass } from './passing-jobs.ts';
import type { Managed } from './reconcile.ts';
import type { SourceArtifact } from './sources.ts';
import type { StatusDraft } from './status-draft.ts';
import { waitForHealth } from './wait-for-health.ts';

interface HealthWork {
  readonly draft: StatusDraft;
  /** Writes the draft as it is. */
  readonly report: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Ends the wait where something newer is to be done. */
  readonly overtaken: AbortSignal;
  readonly expressions: HealthExpressions;
  readonly managed: Managed;
  readonly applied: readonly Applied[];
  readonly objects: readonly JsonObject[];
  readonly hasChanged: boolean;
  readonly fail: (reason: string, message: string) => Failure;
}

/**
 * Waits until what a Kustomization asks for is well (KC: checkHealth).
 *
 * @throws Failure `HealthCheckFailed`, `HealthCheckCanceled`
 */
export async function checkHealth(
  kustomization: Kustomization,
  { revision }: SourceArtifact,
  work: HealthWork,
  context: ReconcilerContext,
): Promise<void> {
  const { draft, report, managed, signal, overtaken } = work;
  const checked = healthTargets(kustomization, work.applied);
  if (checked.length === 0) {
    draft.healthUnchecked();
    return;
  }
  const timeout = formatDuration(kustomization.timeout);
  const start = performance.now();
  const took = (): string => formatDuration(Math.round(performance.now() - start));
  let stopKeeping = (): Promise<void> => Promise.resolve();
  try {
    await waitForHealth(checked, {
      ...managed.target,
      timeout: kustomization.timeout,
      failFast: context.policy.failFast,
      expressions: work.expressions,
      passingJobs: jobsThatPass(work.objects),
      signal: AbortSignal.any([signal, overtaken]),
      onWaiting: async () => {
        draft.healthChecking(`Running health checks for revision ${revision} with a timeout of ${timeout}`);
        await report();
        stopKeeping = keepWhileWaiting(managed, kustomization, context, signal);
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (overtaken.aborted) {
      throw new Failure('HealthCheckCanceled', sentenceOf(overtaken.reason), { isWaiting: true });
    }
    draft.unhealthy(sentenceOf(error));
    throw work.fail('HealthCheckFailed', `health check failed after ${took()}: ${sentenceOf(error)}`);
  } finally {
    await stopKeeping();
  }
  const message = `Health check passed in ${took()}`;
  const isNewRevision = kustomization.status.lastAppliedRevision !== revision;
  if (!draft.wasHealthy || (isNewRevision && work.hasChanged)) {
    const told = { severity: 'info', reason: 'Progressing', message, revision } as const;
    context.events.tell(subjectOf(kustomization), told);
  }
  // Another duration of a check that changed nothing is no news.
  if (!draft.isHealthy || work.hasChanged) draft.healthy(message);
}

function healthTargets(kustomization: Kustomization, applied: readonly Applied[]): readonly ObjectIdentity[] {
  const { wait, healthChecks, name, namespace } = kustomization;
  const objects = wait
    ? applied.filter(({ action }) => action !== 'skipped').map(({ identity }) => identity)
    : healthChecks;
  // It would wait for itself.
  return objects.filter(
    (one) => !(one.kind === KUSTOMIZATION.kind && one.name === name && one.namespace === namespace),
  );
}
