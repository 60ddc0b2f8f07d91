/** A single value against what its schema says of it: its type, and its limits. */
import { isList, isObject, type Json } from '../manifest/index.ts';
import { formatProblem, inRange } from './formats.ts';
import { jsonKey } from './json-key.ts';
import { type Finding, listed, quote } from './problem.ts';
import type { NodeType, SchemaNode } from './schema-node.ts';
import { mostSimilar } from '../similar.ts';

const NAMES: Readonly<Record<NodeType, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

/** What a value of this schema is, with an article. */
export function whatIs(node: SchemaNode): string {
  if (node.isIntOrString) return 'a whole number or text';
  if (node.format === 'quantity') return 'a quantity';
  return node.type === undefined ? 'a value' : NAMES[node.type];
}

function whatItIs(value: Json): string {
  if (value === null) return 'empty';
  if (isList(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'boolean':
      return `${value}`;
    case 'number':
      return Number.isInteger(value) ? 'a whole number' : 'a number';
    case 'bigint':
      return 'a whole number';
    default:
      return 'a map';
  }
}

/** What is wrong with the type of a value. */
export function typeProblem(node: SchemaNode, value: Json): Finding | undefined {
  if (isOfType(node, value)) return undefined;
  return { says: `must be ${whatIs(node)}, and is ${whatItIs(value)}`, remedy: typeRemedy(node, value) };
}

/** As typeProblem, for a value that must be text. */
export function textProblem(value: Json): Finding {
  return { says: `must be text, and is ${whatItIs(value)}`, remedy: TO_QUOTE };
}

function isOfType(node: SchemaNode, value: Json): boolean {
  if (node.isIntOrString) return typeof value === 'string' || isInteger(value);
  if (node.format === 'quantity') return typeof value === 'string' || isNumber(value);
  switch (node.type) {
    case undefined:
      return true;
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return isInteger(value);
    case 'number':
      return isNumber(value);
    case 'string':
    case 'boolean':
      return typeof value === node.type;
  }
}

function isNumber(value: Json): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isInteger(value: Json): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

const TO_QUOTE = 'Put it into quotes.';

function typeRemedy(node: SchemaNode, value: Json): string {
  if (value === null) return `Write ${whatIs(node)}, or take it out.`;
  const isScalar = !isObject(value) && !isList(value);
  if (isScalar && typeof value !== 'string' && node.type === 'string') return TO_QUOTE;
  if (typeof value === 'string' && meansType(value, node.type)) return 'Take the quotes away.';
  if (node.type === 'array') return 'Make it a list.';
  if (node.type === 'object' && isList(value)) return 'Make it a map.';
  return `Write ${whatIs(node)}.`;
}

function meansType(text: string, type: NodeType | undefined): boolean {
  if (type === 'boolean') return text === 'true' || text === 'false';
  if (type === 'integer') return /^-?\d+$/.test(text);
  return type === 'number' && /^-?\d+(?:\.\d+)?$/.test(text);
}

/**
 * What is wrong with a value of the right type: enum, pattern, format, range, length.
 *
 * @param hide the value is not to be quoted
 */
export function valueProblem(node: SchemaNode, value: Json, hide: boolean): Finding | undefined {
  return (
    enumProblem(node, value, hide) ??
    (typeof value === 'string' ? stringProblem(node, value, hide) : undefined) ??
    (isNumber(value) ? numberProblem(node, value, hide) : undefined) ??
    sizeProblem(node, value)
  );
}

function enumProblem(node: SchemaNode, value: Json, hide: boolean): Finding | undefined {
  // '' of a Go type is the same as nothing, which has a default.
  if (node.enum === undefined || (node.isGo && value === '')) return undefined;
  if (node.enum.includes(value)) return undefined;
  const isCompound = typeof value === 'object';
  if (isCompound && node.enum.some((allowed) => jsonKey(allowed) === jsonKey(value))) return undefined;
  const allowed = node.enum.map((one) => (typeof one === 'string' ? quote(one) : jsonKey(one)));
  const names = node.enum.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? mostSimilar(value, names) : undefined;
  return {
    says: `must be ${allowed.length > 1 ? 'one of ' : ''}${listed(allowed)}${andIs(value, hide)}`,
    remedy: meant === undefined ? writeOneOf(allowed) : `Write ${quote(meant.name)}.`,
  };
}

/** The sentence before has a long list already. */
function writeOneOf(allowed: readonly string[]): string {
  return allowed.length > 5 ? 'Write one of these.' : `Write ${listed(allowed)}.`;
}

function stringProblem(node: SchemaNode, text: string, hide: boolean): Finding | undefined {
  const isUnset = node.isGo && text === '' && node.format === 'byte';
  const format = node.format === undefined || isUnset ? undefined : formatProblem(node.format, text);
  if (format !== undefined) {
    return {
      says: `must be ${format.what}${andIs(text, hide)}`,
      remedy: `Write it like ${format.example}.`,
    };
  }
  if (!node.fitsPattern(text)) {
    return {
      says: `must fit the pattern ${node.pattern ?? ''}${andIs(text, hide)}`,
      remedy: patternRemedy(node.pattern ?? ''),
    };
  }
  const [least, most] = [node.limit('minLength'), node.limit('maxLength')];
  if (least === undefined && most === undefined) return undefined;
  // Go counts runes.
  return countProblem(Array.from(text).length, least, most, 'character');
}

/** Patterns that Flux uses everywhere, in words. */
function patternRemedy(pattern: string): string {
  if (pattern.includes('(ms|s|m|h)')) return 'Write a duration with its units, such as 30s, 10m or 1h.';
  if (pattern.includes('(ms|s|m)')) return 'Write a duration with its units, such as 30s or 10m.';
  const schemes = /^\^\(?([a-z|]+)\)?:\/\//.exec(pattern)?.[1];
  return schemes === undefined
    ? 'Mend it, so that it fits.'
    : `Begin it with ${listed(schemes.split('|').map((scheme) => `${scheme}://`))}.`;
}

function numberProblem(node: SchemaNode, value: number | bigint, hide: boolean): Finding | undefined {
  if (
    (node.type === 'integer' || node.isIntOrString) &&
    !inRange(node.isGo && node.isIntOrString ? 'int32' : node.format, value)
  ) {
    return { says: `is out of range${andIs(value, hide)}`, remedy: 'Write a number that is nearer to zero.' };
  }
  const low = node.limit('minimum');
  if (low !== undefined && (node.isExclusive('minimum') ? value <= low : value < low)) {
    const bound = node.isExclusive('minimum') ? `more than ${low}` : `at least ${low}`;
    return { says: `must be ${bound}${andIs(value, hide)}`, remedy: `Write a number of ${bound}.` };
  }
  const high = node.limit('maximum');
  if (high !== undefined && (node.isExclusive('maximum') ? value >= high : value > high)) {
    const bound = node.isExclusive('maximum') ? `less than ${high}` : `at most ${high}`;
    return { says: `must be ${bound}${andIs(value, hide)}`, remedy: `Write a number of ${bound}.` };
  }
  const factor = node.limit('multipleOf');
  if (factor !== undefined && factor > 0 && !Number.isInteger(Number(value) / factor)) {
    return {
      says: `must be a multiple of ${factor}${andIs(value, hide)}`,
      remedy: `Write a multiple of ${factor}.`,
    };
  }
  return undefined;
}

function sizeProblem(node: SchemaNode, value: Json): Finding | undefined {
  if (isList(value)) return countProblem(value.length, node.limit('minItems'), node.limit('maxItems'), 'item');
  if (!isObject(value)) return undefined;
  const size = Object.values(value).filter((member) => member !== undefined).length;
  return countProblem(size, node.limit('minProperties'), node.limit('maxProperties'), 'key');
}

function countProblem(
  count: number,
  least: number | undefined,
  most: number | undefined,
  what: string,
): Finding | undefined {
  const bound =
    least !== undefined && count < least
      ? `at least ${counted(least, what)}`
      : most !== undefined && count > most
        ? `at most ${counted(most, what)}`
        : undefined;
  return bound === undefined
    ? undefined
    : { says: `must have ${bound}, and has ${count}`, remedy: `Let it have ${bound}.` };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function andIs(value: Json, hide: boolean): string {
  if (hide) return '';
  return `, and is ${typeof value === 'string' ? quote(value) : jsonKey(value).slice(0, 80)}`;
}
