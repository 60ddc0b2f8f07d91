import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import { formatTime } from './conditions.ts';
import { formatDuration } from './duration.ts';

/** fluxcd/pkg apis/meta: HistoryMaxSize. */
const MAX_ENTRIES = 5;

export interface Reconciliation {
  /** `sha256:…` of what was built. */
  readonly digest: string;
  /** The reason of the Ready condition that it came to. */
  readonly status: string;
  /** When it ended, in milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * `status.history` with one more reconciliation, newest first: what came to the same end with the same content counts up
 * (fluxcd/pkg apis/meta: History.Upsert).
 */
export function addToHistory(history: Json | undefined, entry: Reconciliation): readonly JsonObject[] {
  const { digest, status, now, duration, metadata } = entry;
  const entries = isList(history) ? history.filter(isObject) : [];
  const before = entries.find((one) => one.digest === digest && one.lastReconciledStatus === status);
  const total = typeof before?.totalReconciliations === 'number' ? before.totalReconciliations : 0;
  const newest = {
    digest,
    firstReconciled: before?.firstReconciled ?? formatTime(now),
    lastReconciled: formatTime(now),
    lastReconciledDuration: formatDuration(duration),
    lastReconciledStatus: status,
    totalReconciliations: total + 1,
    metadata,
  };
  return [newest, ...entries.filter((one) => one !== before)].slice(0, MAX_ENTRIES);
}
