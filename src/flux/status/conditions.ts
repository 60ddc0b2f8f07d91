import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/** A condition of a Flux object (metav1.Condition). */
export interface StatusCondition extends JsonObject {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** To the second, as `2026-11-23T10:00:00Z`. */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export type Conditions = readonly StatusCondition[];

/** When something is said, and of which generation of the object. */
export interface Saying {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly generation: number;
}

/** Bytes (fluxcd/pkg runtime/conditions: maxMessageLength; the CRD has the same limit). */
const MAX_MESSAGE = 32768;

/** `status.conditions` of an object. */
export function parseConditions(value: Json | undefined): Conditions {
  if (!isList(value)) return [];
  return value.filter(isObject).flatMap((condition) => {
    const { type, status, reason, message, lastTransitionTime, observedGeneration } = condition;
    if (typeof type !== 'string' || (status !== 'True' && status !== 'False' && status !== 'Unknown')) return [];
    return [
      {
        type,
        status,
        reason: typeof reason === 'string' ? reason : '',
        message: typeof message === 'string' ? message : '',
        lastTransitionTime: typeof lastTransitionTime === 'string' ? lastTransitionTime : '',
        ...(typeof observedGeneration === 'number' ? { observedGeneration } : {}),
      },
    ];
  });
}

/** The time of transition changes only where the condition says something else (runtime/conditions: Set). */
export function setCondition(
  conditions: Conditions,
  type: string,
  status: StatusCondition['status'],
  reason: string,
  message: string,
  { now, generation }: Saying,
): Conditions {
  const text = trimmed(message);
  const before = conditions.find((condition) => condition.type === type);
  const isSame = before?.status === status && before.reason === reason && before.message === text;
  const lastTransitionTime = isSame ? before.lastTransitionTime : formatTime(now);
  const condition = { type, status, reason, message: text, lastTransitionTime, observedGeneration: generation };
  return [...withoutCondition(conditions, type), condition].sort(inShownOrder);
}

export function withoutCondition(conditions: Conditions, type: string): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}

/** It is being worked on, so it is not stalled (runtime/conditions: MarkReconciling). */
export function markReconciling(conditions: Conditions, reason: string, message: string, saying: Saying): Conditions {
  return setCondition(withoutCondition(conditions, 'Stalled'), 'Reconciling', 'True', reason, message, saying);
}

/** Waiting does not help, so it is not worked on (runtime/conditions: MarkStalled). */
export function markStalled(conditions: Conditions, reason: string, message: string, saying: Saying): Conditions {
  return setCondition(withoutCondition(conditions, 'Reconciling'), 'Stalled', 'True', reason, message, saying);
}

export function isTrue(conditions: Conditions, type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

/** A time as the API server writes it: to the second. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

const FIRST = ['Stalled', 'Reconciling', 'Ready'];

/** runtime/conditions: lexicographicLess. */
function inShownOrder(a: StatusCondition, b: StatusCondition): number {
  const [rankOfA, rankOfB] = [a, b].map(({ type }) => (FIRST.includes(type) ? FIRST.indexOf(type) : FIRST.length));
  const byRank = (rankOfA ?? 0) - (rankOfB ?? 0);
  const byGeneration = (b.observedGeneration ?? 0) - (a.observedGeneration ?? 0);
  return byRank || byGeneration || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0);
}

function trimmed(message: string): string {
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length <= MAX_MESSAGE) return message;
  // A character cut in two would be no text: it is left out.
  return `${new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, MAX_MESSAGE - 3), { stream: true })}...`;
}
