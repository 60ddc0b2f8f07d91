import { isList, isObject, type Json, type JsonObject, textOf } from '../../manifest/index.ts';

/**
 * How an object fares, in the words of kstatus (cli-utils: pkg/kstatus/status). `Current` is well; `Failed` will not get
 * better by waiting.
 */
export type HealthStatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound';

export interface Health {
  readonly status: HealthStatus;
  /** One sentence, as kstatus words it. */
  readonly message: string;
}

export function current(message: string): Health {
  return { status: 'Current', message };
}

export function inProgress(message: string): Health {
  return { status: 'InProgress', message };
}

export function failed(message: string): Health {
  return { status: 'Failed', message };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** `status.conditions` of any object. */
export function conditionsOf(object: JsonObject): readonly Condition[] {
  const conditions = fieldAt(object, 'status', 'conditions');
  if (!isList(conditions)) return [];
  return conditions.filter(isObject).map(({ type, status, reason, message }) => ({
    type: textOf(type),
    status: textOf(status),
    reason: textOf(reason),
    message: textOf(message),
  }));
}

export function findCondition(object: JsonObject, type: string, status: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type && condition.status === status);
}

/** A whole number at a place of an object; `otherwise` where there is none (cli-utils: GetIntField). */
export function numberAt(object: JsonObject, path: readonly string[], otherwise: number): number {
  const value = fieldAt(object, ...path);
  return typeof value === 'number' && Number.isInteger(value) ? value : otherwise;
}

/** Text at a place of an object; `otherwise` where there is none (cli-utils: GetStringField). */
export function textAt(object: JsonObject, path: readonly string[], otherwise: string): string {
  const value = fieldAt(object, ...path);
  return typeof value === 'string' ? value : otherwise;
}

export function fieldAt(object: JsonObject, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), object);
}
