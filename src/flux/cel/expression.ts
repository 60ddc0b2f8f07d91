import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../../manifest/index.ts';
import { checkConstants } from './constants.ts';
import { declareFunctions } from './declarations.ts';
import { evaluate } from './evaluate.ts';
import { CelError, fromJson, type Value } from './value.ts';

/** A condition over the data of objects. */
export interface Expression {
  readonly source: string;
  /**
   * @param data what each variable stands for
   * @throws Error in Flux's words where it has no value, for example since a field is missing, or none that is a truth
   */
  readonly holds: (data: JsonObject) => boolean;
}

const require = createRequire(import.meta.url);
/** By the names of the variables that are known; '' where nothing is. */
const environments = new Map<string, Cel.Environment>();

/** Bounds the depth of the recursion. cel-go's own is as deep. */
const LIMITS = { maxDepth: 250, maxAstNodes: 10_000 };

/**
 * Parses an expression of which nothing is known but its form, as that of a health check (runtime/cel: NewExpression
 * without options).
 *
 * @throws Error in Flux's words where it is none
 */
export function parseExpression(source: string): Expression {
  return expressionOf(source, environmentOf(undefined), () => undefined);
}

/**
 * Parses an expression, and checks that it is a truth about objects (runtime/cel: WithCompile, WithOutputType,
 * WithStructVariables).
 *
 * @param variables their names: `self` and `dep` of a dependency (KC: evalReadyExpr)
 * @throws Error in Flux's words where it is none
 */
export function compileExpression(source: string, variables: readonly string[] = ['self', 'dep']): Expression {
  return expressionOf(source, environmentOf(variables), (parsed) => {
    const { valid, error, type } = parsed.check();
    if (!valid) throw new CelError(messageOf(error), { cause: error });
    if (type !== 'bool') throw new Error(`CEL expression output type mismatch: expected bool, got ${type}`);
  });
}

function expressionOf(
  source: string,
  environment: Cel.Environment,
  check: (parsed: Cel.ParseResult) => void,
): Expression {
  let parsed: Cel.ParseResult;
  try {
    parsed = environment.parse(source);
    checkConstants(parsed.ast);
    check(parsed);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('CEL expression output type')) throw error;
    throw new Error(`failed to parse the CEL expression '${source}': ${messageOf(error)}`, { cause: error });
  }
  return { source, holds: (data) => holds(source, parsed.ast, data) };
}

function holds(source: string, ast: Cel.ASTNode, data: JsonObject): boolean {
  const known = new Map<string, Value | undefined>();
  const variable = (name: string): Value | undefined => {
    if (!known.has(name)) known.set(name, valueOf(Object.hasOwn(data, name) ? data[name] : undefined));
    return known.get(name);
  };
  let value: Value;
  try {
    value = evaluate(ast, variable);
  } catch (error) {
    throw new Error(`failed to evaluate the CEL expression '${source}': ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== 'boolean') throw new Error(`failed to evaluate CEL expression as boolean: '${source}'`);
  return value;
}

function valueOf(json: Json | undefined): Value | undefined {
  return json === undefined ? undefined : fromJson(json);
}

function environmentOf(variables: readonly string[] | undefined): Cel.Environment {
  const key = variables?.join(' ') ?? '';
  const known = environments.get(key);
  if (known !== undefined) return known;
  // Loaded at once, and only where something has an expression.
  const { Environment } = require('@marcbachmann/cel-js') as typeof Cel;
  const options = { enableOptionalTypes: true, limits: LIMITS };
  const made =
    variables === undefined
      ? new Environment({ ...options, unlistedVariablesAreDyn: true })
      : declareFunctions(new Environment(options), variables);
  environments.set(key, made);
  return made;
}

/** The first line, which says what is wrong; the library's others show where, in a way that a condition cannot. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}
