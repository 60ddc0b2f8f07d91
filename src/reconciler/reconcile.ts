import {
  type DriftIgnore,
  formatDuration,
  type HealthExpressions,
  mergeInventories,
  parseDriftIgnore,
  parseInventory,
  staleObjects,
} from '../flux/index.ts';
import { formatIdentity, identityKey, type JsonObject } from '../manifest/index.ts';
import { type Applied, applyObjects, intendedInventory, inventoryOf } from './apply-objects.ts';
import type { Cause, Change } from './audit.ts';
import { buildObjects, type Built } from './build.ts';
import { checkHealth } from './check-health.ts';
import { claimedByOthers } from './claims.ts';
import type { ReconcilerContext } from './context.ts';
import { placedSentence } from './decryption.ts';
import { Failure, sentenceOf } from './failure.ts';
import { type Kustomization, KUSTOMIZATION, readyMessage, STATUS_MANAGER, subjectOf } from './kustomization.ts';
import { hideValues } from './hide-values.ts';
import type { LastBuild } from './last-build.ts';
import { jittered } from './policy.ts';
import { artifactOf, checkDependencies, expressionsOf } from './prerequisites.ts';
import { pruneObjects } from './prune-objects.ts';
import type { SourceArtifact } from './sources.ts';
import { writeStatus } from './status.ts';
import { StatusDraft } from './status-draft.ts';
import type { Target } from './targets.ts';

export interface Attempt {
  readonly cause: Cause;
  readonly signal: AbortSignal;
  /** Is aborted when something newer is to be done: then nobody waits for the health of this any longer. */
  readonly overtaken: AbortSignal;
  /** What was to stay as it is until now. */
  readonly managed: Managed | undefined;
  readonly lastBuild: LastBuild<Built>;
}

export interface Outcome {
  readonly kind: 'ready' | 'failed' | 'waiting' | 'stalled';
  /** When to try again, in milliseconds; undefined waits until something changes. */
  readonly retryAfter: number | undefined;
  /** Why it is not ready. */
  readonly message: string;
  /** What is to stay as it is from now on; undefined where nothing was applied, so that nothing changed about that. */
  readonly managed: Managed | undefined;
}

/** The objects of a Kustomization after they were applied. */
export interface Managed {
  readonly target: Target;
  readonly artifact: SourceArtifact;
  /** `spec.ignore`. */
  readonly ignore: DriftIgnore;
  /** What git asks for, by `identityKey`, without what is left alone. */
  readonly desired: ReadonlyMap<string, JsonObject>;
}

/** As long as Flux waits for a dependency (KC: `--requeue-dependency`). */
const LOOK_AGAIN_MS = 30_000;

/** One reconciliation of a Kustomization, from its source to its status (KC: Reconcile). */
export async function reconcile(
  kustomization: Kustomization,
  attempt: Attempt,
  context: ReconcilerContext,
): Promise<Outcome> {
  const draft = new StatusDraft(kustomization);
  const key = identityKey({ ...KUSTOMIZATION, namespace: kustomization.namespace, name: kustomization.name });
  let written = kustomization.status;
  const report = async (): Promise<void> => {
    const status = draft.toJson();
    const known = context.live.get(key);
    // Another one of its name, made meanwhile, has a status of its own.
    if (known?.metadata.uid === kustomization.uid) {
      context.live.observe(await writeStatus(context.client, known, written, status, STATUS_MANAGER));
    }
    written = status;
  };
  let managed: Managed | undefined;
  let revision = '';
  try {
    const expressions = expressionsOf(kustomization);
    const artifact = artifactOf(kustomization, context);
    revision = artifact.revision;
    checkDependencies(kustomization, artifact, context);
    const manage = (now: Managed): void => {
      managed = now;
    };
    let retryAfter = jittered(kustomization.interval, context.policy);
    const lookAgain = (): void => {
      retryAfter = Math.min(LOOK_AGAIN_MS, kustomization.interval);
    };
    await carryOut(kustomization, artifact, { ...attempt, draft, report, manage, lookAgain, expressions }, context);
    draft.ready(artifact.revision, artifact.originRevision);
    await report();
    return { kind: 'ready', retryAfter, message: '', managed };
  } catch (error) {
    attempt.signal.throwIfAborted();
    const failure = error instanceof Failure ? error : new Failure('ReconciliationFailed', sentenceOf(error));
    if (failure.isTerminal) draft.stalled(failure.reason, failure.message);
    else draft.failed(failure.reason, failure.message);
    const { isWaiting } = failure;
    const isNews = !isWaiting && failure.message !== readyMessage(kustomization);
    await report();
    if (isNews) {
      const { reason, message } = failure;
      context.events.tell(subjectOf(kustomization), { severity: 'error', reason, message, revision });
    }
    const kind = failure.isTerminal ? 'stalled' : isWaiting ? 'waiting' : 'failed';
    return { kind, retryAfter: failure.retryAfter, message: failure.message, managed };
  }
}

interface Work extends Attempt {
  readonly draft: StatusDraft;
  /** Writes the draft as it is. */
  readonly report: () => Promise<void>;
  /** Is told of what was applied, whatever becomes of the rest. */
  readonly manage: (managed: Managed) => void;
  /** Is told that something is not at its end, though nothing is wrong. */
  readonly lookAgain: () => void;
  /** How custom resources say how they fare. */
  readonly expressions: HealthExpressions;
}

/** Builds, applies, prunes and waits (KC: reconcile). */
async function carryOut(
  kustomization: Kustomization,
  artifact: SourceArtifact,
  work: Work,
  context: ReconcilerContext,
): Promise<void> {
  const { draft, report, signal, manage } = work;
  const { revision, originRevision } = artifact;
  const timeout = formatDuration(kustomization.timeout);
  draft.begin(`Fetching manifests for revision ${revision} with a timeout of ${timeout}`);
  const before = parseInventory(kustomization.status.inventory);
  draft.attempted(revision);
  draft.progress(`Building manifests for revision ${revision} with a timeout of ${timeout}`);
  const target = await context.targets.of(kustomization);
  const { objects, digest, secretValues } = await buildObjects(
    kustomization,
    artifact,
    context,
    work.lastBuild,
    (error) => {
      const message = `${placedSentence(error)} It is applied all the same, since that is allowed.`;
      context.events.tell(subjectOf(kustomization), { severity: 'error', reason: 'BrokenMAC', message, revision });
    },
  );
  draft.progress(`Detecting drift for revision ${revision} with a timeout of ${timeout}`);
  const fail = (reason: string, message: string): Failure => {
    draft.history(digest, reason, revision, originRevision);
    return new Failure(reason, hideValues(message, secretValues));
  };

  const ignore = parseDriftIgnore(kustomization.spec.ignore);
  const intended = await intendedInventory(objects, target.client);
  if (staleObjects(intended, before).length > 0) {
    // Written down before any of it is made: whatever ends this process then, what it made is known to the next one.
    draft.inventory(mergeInventories(intended, before));
    await report();
  }
  const { applied, errors, uncertain } = await applyObjects(objects, {
    ...target,
    ignore,
    policy: context.policy,
    force: kustomization.force,
    expressions: work.expressions,
    signal,
    onWaiting: report,
  });
  const changes = applied.filter(({ action }) => action === 'created' || action === 'configured');
  const log = changes.map(({ identity, action }) => `${formatIdentity(identity)} ${action}`).join('\n');
  tellAudit(changes, kustomization, artifact, work.cause, context);
  if (errors.length > 0) {
    // What was applied is known from now on, so that it can be pruned even if this never succeeds (KC#1664).
    draft.inventory(mergeInventories(mergeInventories(inventoryOf(applied), uncertain), before));
    const desired = new Map([...stillDesired(work.managed, target), ...desiredByKey(applied)]);
    manage({ target, artifact, ignore, desired });
    throw fail('ReconciliationFailed', [...errors, log].join('\n').trim());
  }
  const event = { severity: 'info', reason: 'Progressing', revision } as const;
  if (log !== '') context.events.tell(subjectOf(kustomization), { ...event, message: log });
  draft.inventory(inventoryOf(applied));
  const managed = { target, artifact, ignore, desired: desiredByKey(applied) };
  manage(managed);

  if (kustomization.prune) {
    const stale = staleObjects(before, inventoryOf(applied));
    const claims = await claimedByOthers(stale, kustomization, context);
    const pruned = await pruneObjects(stale, kustomization, claims, target.client, signal);
    for (const identity of pruned.gone) target.knownGood.forget(identityKey(identity));
    tellAudit(
      pruned.deleted.map((identity) => ({ identity, action: 'deleted' as const, fields: [] })),
      kustomization,
      artifact,
      work.cause,
      context,
    );
    if (pruned.gone.length > 0) {
      const message = pruned.gone.map((identity) => `${formatIdentity(identity)} deleted`).join('\n');
      context.events.tell(subjectOf(kustomization), { ...event, message });
    }
    // What is claimed stays in sight until the other has it, or does not want it after all.
    const kept = [...pruned.survivors, ...pruned.claimed];
    draft.inventory(mergeInventories(inventoryOf(applied), kept));
    if (pruned.claimed.length > 0) work.lookAgain();
    if (pruned.errors.length > 0) {
      throw fail('PruneFailed', pruned.errors.join('\n'));
    }
  }

  await checkHealth(
    kustomization,
    artifact,
    { ...work, managed, applied, objects, fail, hasChanged: log !== '' },
    context,
  );
  draft.history(digest, 'ReconciliationSucceeded', revision, originRevision);
}

/** What a commit that is partly refused did not come to stays as the commit before had it. */
function stillDesired(before: Managed | undefined, { live }: Target): ReadonlyMap<string, JsonObject> {
  return before?.target.live === live ? before.desired : new Map<string, JsonObject>();
}

function desiredByKey(applied: readonly Applied[]): ReadonlyMap<string, JsonObject> {
  return new Map(
    applied.flatMap(({ identity, action, desired }) =>
      action === 'skipped' ? [] : [[identityKey(identity), desired] as const],
    ),
  );
}

function tellAudit(
  changes: readonly Pick<Applied, 'identity' | 'action' | 'fields'>[],
  kustomization: Kustomization,
  { revision, commit }: SourceArtifact,
  cause: Cause,
  context: ReconcilerContext,
): void {
  for (const { identity, action, fields } of changes) {
    if (action === 'unchanged' || action === 'skipped') continue;
    const change: Change = {
      operation: action,
      object: identity,
      kustomization: `${kustomization.namespace}/${kustomization.name}`,
      revision,
      commit,
      fields,
      cause,
    };
    context.audit(change);
  }
}
