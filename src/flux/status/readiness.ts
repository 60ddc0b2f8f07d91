import { isList, isObject, type JsonObject, mapOf, textOf } from '../../manifest/index.ts';
import { type Conditions, isTrue, parseConditions, type StatusCondition } from './conditions.ts';

/**
 * How an object of Flux stands:
 * - `failed` is tried again, `stalled` only after a change;
 * - `waiting` goes on when something else is there;
 * - `unattended` was looked at by no controller yet.
 */
export type ReadinessState =
  'ready' | 'progressing' | 'waiting' | 'failed' | 'stalled' | 'suspended' | 'unattended' | 'deleting';

export interface Readiness {
  readonly state: ReadinessState;
  /** Of the Ready condition, for example `BuildFailed`; '' where there is none. */
  readonly reason: string;
  /** Of the Ready condition, while it is under way of the Reconciling condition; a sentence of our own without either. */
  readonly message: string;
  /** Since when it stands so, as `2026-11-23T10:00:00Z`; '' where that is not known. */
  readonly since: string;
}

/** Reasons by which Flux says that something else is not there yet (KC and HC: Reconcile). */
const WAITING = new Set(['DependencyNotReady', 'SourceNotReady', 'HealthCheckCanceled']);

/** What the status of a source, a Kustomization or a HelmRelease says, whoever wrote it: Slipway or Flux's controllers. */
export function readinessOf(object: JsonObject): Readiness {
  const status = mapOf(object.status);
  const metadata = mapOf(object.metadata);
  const conditions = parseConditions(status.conditions);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const { deletionTimestamp } = metadata;
  if (typeof deletionTimestamp === 'string') {
    return { state: 'deleting', reason: '', message: 'It is being deleted.', since: deletionTimestamp };
  }
  if (isStatic(object)) {
    // SC: HelmRepositoryOCIMigration: it is only where charts are found.
    return { state: 'ready', reason: '', message: 'An OCI registry is not fetched by itself.', since: '' };
  }
  if (ready === undefined) return withoutCondition(object, textOf(metadata.creationTimestamp));
  const { reason, lastTransitionTime: since } = ready;
  const state = stateOf(object, ready, conditions);
  // Of what is under way, Ready says only that it is; Reconciling says which step.
  const step = conditions.find(({ type }) => type === 'Reconciling');
  const message = state === 'progressing' && step !== undefined ? step.message : ready.message;
  return { state, reason, message, since };
}

/** Whether others may go on that depend on it (KC and HC: checkDependencies): what is suspended may be ready all the same. */
export function isReady(object: JsonObject): boolean {
  return isTrue(parseConditions(mapOf(object.status).conditions), 'Ready') && !isOutdated(object);
}

/** Whether there is nothing to do about it: it is as it should be, or somebody told it to rest. */
export function isAtRest({ state }: Readiness): boolean {
  return state === 'ready' || state === 'suspended';
}

function stateOf(object: JsonObject, ready: StatusCondition, conditions: Conditions): ReadinessState {
  if (isSuspended(object)) return 'suspended';
  if (ready.status === 'True') return isOutdated(object) ? 'progressing' : 'ready';
  if (conditions.some(({ type, status }) => type === 'Stalled' && status === 'True')) return 'stalled';
  if (WAITING.has(ready.reason)) return 'waiting';
  return ready.status === 'Unknown' ? 'progressing' : 'failed';
}

function withoutCondition(object: JsonObject, since: string): Readiness {
  if (isSuspended(object)) return { state: 'suspended', reason: '', message: 'It was never carried out.', since: '' };
  return { state: 'unattended', reason: '', message: 'No controller has looked at it yet.', since };
}

/** Its spec changed, and what the status says is of the one before. */
function isOutdated({ metadata, status }: JsonObject): boolean {
  const { generation } = mapOf(metadata);
  const { observedGeneration } = mapOf(status);
  return typeof generation === 'number' && typeof observedGeneration === 'number' && observedGeneration < generation;
}

function isSuspended({ spec }: JsonObject): boolean {
  return mapOf(spec).suspend === true;
}

function isStatic({ kind, spec }: JsonObject): boolean {
  return kind === 'HelmRepository' && mapOf(spec).type === 'oci';
}

/**
 * The revision that an object of Flux has reached: of a source that of its artifact, of a Kustomization what was applied
 * last, of a HelmRelease the version of its chart. '' where there is none.
 */
export function revisionOf({ kind, status: value }: JsonObject): string {
  const status = mapOf(value);
  if (kind === 'Kustomization') return textOf(status.lastAppliedRevision);
  if (kind !== 'HelmRelease') return textOf(mapOf(status.artifact).revision);
  const [latest] = isList(status.history) ? status.history.filter(isObject) : [];
  return textOf(latest?.chartVersion);
}

/** The revision that a Kustomization or HelmRelease came to last, whatever became of it; '' where there is none. */
export function attemptedRevisionOf({ status: value }: JsonObject): string {
  const status = mapOf(value);
  return textOf(status.lastAttemptedRevision) || textOf(status.lastAppliedRevision);
}

/** With the digests cut to eight digits, as the flux command shows it: `main@sha1:5b5f2d1c`. */
export function shortRevision(revision: string): string {
  return revision.replace(/\b(sha\d+):([0-9a-f]{8})[0-9a-f]+/g, '$1:$2');
}

/** The hash of the commit that a revision names (`main@sha1:…`, `sha1:…`); undefined where it names none. */
export function commitOf(revision: string): string | undefined {
  return /(?:^|@)sha1:([0-9a-f]{40})$/.exec(revision)?.[1];
}
