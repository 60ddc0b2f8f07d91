/** The rules of custom kinds in the Common Expression Language, `x-kubernetes-validations`. */
import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';
import { isList, isObject, type Json } from '../manifest/index.ts';
import { goPattern } from './go-pattern.ts';
import { type Finding, quote } from './problem.ts';
import type { Rule, SchemaNode } from './schema-node.ts';
import { type Judge, readSimpleRule } from './simple-rule.ts';

/**
 * The rules of a schema that a value breaks. One that compares with the object before (`oldSelf`), uses what the
 * library does not know (Kubernetes' own functions), or cannot be evaluated is not judged.
 */
export function brokenRules(node: SchemaNode, value: Json): readonly Finding[] {
  return node.rules.filter(({ rule }) => judgeOf(rule)(node, value) === false).map(brokenRule);
}

function brokenRule({ rule, message }: Rule): Finding {
  return {
    says: `breaks a rule: ${(message ?? rule).trim().replace(/\.$/, '')}`,
    remedy:
      message === undefined ? 'Let it hold.' : `Let it hold: ${rule.length > 200 ? `${rule.slice(0, 200)}…` : rule}`,
  };
}

const judges = new Map<string, Judge>();

function judgeOf(rule: string): Judge {
  let judge = judges.get(rule);
  if (judge === undefined) {
    judge = readSimpleRule(rule) ?? celRule(rule) ?? (() => undefined);
    judges.set(rule, judge);
  }
  return judge;
}

const require = createRequire(import.meta.url);
let environment: Cel.Environment | undefined;

/** A rule as CEL has it; undefined where it is none of those that can be judged. */
export function celRule(rule: string): Judge | undefined {
  if (/\boldSelf\b/.test(rule)) return undefined;
  environment ??= makeEnvironment();
  try {
    const evaluate = environment.parse(rule.replaceAll('.matches(', '.matchesAsGo('));
    return (node, value) => {
      try {
        return evaluate({ self: toCel(node, value) }) !== false;
      } catch {
        return undefined;
      }
    };
  } catch {
    return undefined;
  }
}

function makeEnvironment(): Cel.Environment {
  // Loaded at once, and only where an object has a rule to keep.
  const { Environment } = require('@marcbachmann/cel-js') as typeof Cel;
  return (
    new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, homogeneousAggregateLiterals: false })
      // The library's own takes JavaScript's expressions, and their time.
      .registerFunction('string.matchesAsGo(string): bool', (text: string, expression: string) => {
        const fits = goPattern(expression);
        if (fits === undefined) throw new Error(`no regular expression: ${quote(expression)}`);
        return fits(text);
      })
  );
}

/** A value as CEL sees it: whole numbers as such, defaults filled in, fields whose names are no identifiers escaped. */
function toCel(node: SchemaNode | undefined, value: Json): unknown {
  if (isList(value)) return node?.items === undefined ? value : value.map((item) => toCel(node.items, item));
  if (isObject(value)) {
    if (node === undefined || (node.fieldNames.length === 0 && node.values === undefined)) return value;
    const members = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
      const field = node.field(key);
      if (member === undefined || (member === null && field?.isNullable !== true)) return [];
      return [[field === undefined ? key : escape(key), toCel(field ?? node.values, member)]];
    });
    const defaults = node.fieldNames.flatMap((name): [string, unknown][] => {
      const field = node.field(name);
      const isSet = value[name] !== undefined && value[name] !== null;
      return isSet || field?.default === undefined ? [] : [[escape(name), toCel(field, field.default)]];
    });
    return Object.fromEntries([...members, ...defaults]);
  }
  const isWhole = node?.type === 'integer' || node?.isIntOrString === true;
  return isWhole && typeof value === 'number' ? BigInt(value) : value;
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const escaped = new Map<string, string>();

/** How a field is called in a rule (apiserver: pkg/cel, Escape). */
function escape(name: string): string {
  const known = escaped.get(name);
  if (known !== undefined) return known;
  const text = RESERVED.has(name)
    ? `__${name}__`
    : name
        .replaceAll('__', '__underscores__')
        .replaceAll('.', '__dot__')
        .replaceAll('-', '__dash__')
        .replaceAll('/', '__slash__');
  escaped.set(name, text);
  return text;
}
