import { isList, isObject, type Json, type JsonObject, splitApiVersion, textOf } from '../../manifest/index.ts';
import { type Expression, parseExpression } from '../cel/expression.ts';
import { fieldAt, type Health, type HealthStatus } from './health.ts';

/**
 * How an object fares by the expressions that are for its kind, else by those for its group; undefined where there are
 * none for it.
 *
 * @throws Error in Flux's words where an expression has no value, for example since the object has no status yet
 */
export type HealthExpressions = (object: JsonObject) => Health | undefined;

interface Evaluator {
  readonly status: HealthStatus;
  readonly expression: Expression;
}

/** In this order (Flux RFC 0009). */
const FIELDS = [
  ['inProgress', 'InProgress'],
  ['failed', 'Failed'],
  ['current', 'Current'],
] as const;

/**
 * `spec.healthCheckExprs` of a Kustomization (fluxcd/pkg runtime/cel: NewStatusReader).
 *
 * @throws Error in Flux's words where an expression is none, or two are for the same kind
 */
export function parseHealthExpressions(checks: Json | undefined): HealthExpressions {
  const byKind = new Map<string, readonly Evaluator[]>();
  for (const [at, check] of (isList(checks) ? checks.filter(isObject) : []).entries()) {
    const kind = kindName(check);
    if (byKind.has(kind)) {
      throw new Error(`duplicate custom health check for GroupKind ${kind} at healthchecks[${at}]`);
    }
    try {
      byKind.set(kind, evaluatorsOf(check));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`failed to create custom status evaluator for healthchecks[${at}]: ${why}`, { cause: error });
    }
  }
  return (object) => {
    const evaluators = byKind.get(kindName(object)) ?? byKind.get(kindName({ apiVersion: object.apiVersion }));
    return evaluators === undefined ? undefined : healthBy(evaluators, object);
  };
}

function evaluatorsOf(check: JsonObject): readonly Evaluator[] {
  if (textOf(check.current) === '') throw new Error('expression Current not specified');
  return FIELDS.flatMap(([field, status]) => {
    const source = textOf(check[field]);
    if (source === '') return [];
    try {
      return [{ status, expression: parseExpression(source) }];
    } catch (error) {
      const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`failed to parse the expression ${name}: ${why}`, { cause: error });
    }
  });
}

/** fluxcd/pkg runtime/cel: StatusEvaluator.Evaluate. */
function healthBy(evaluators: readonly Evaluator[], object: JsonObject): Health {
  const observed = fieldAt(object, 'status', 'observedGeneration');
  const generation = fieldAt(object, 'metadata', 'generation');
  const isOld = Number.isInteger(observed) && Number.isInteger(generation) && observed !== generation;
  if (isOld) return { status: 'InProgress', message: '' };
  const holding = evaluators.find(({ expression }) => expression.holds(object));
  return { status: holding?.status ?? 'InProgress', message: '' };
}

/** As Go prints a GroupKind: `Kind.group`, or `Kind` alone. */
function kindName({ apiVersion, kind }: JsonObject): string {
  const { group } = splitApiVersion(textOf(apiVersion));
  return group === '' ? textOf(kind) : `${textOf(kind)}.${group}`;
}
