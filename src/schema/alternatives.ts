/** `allOf`, `anyOf`, `oneOf` and `not`: in custom kinds they hold values to more, and never name fields or types. */
import { isList, isObject, type Json } from '../manifest/index.ts';
import { type Finding, listed, type Path } from './problem.ts';
import type { SchemaNode } from './schema-node.ts';
import { typeProblem, valueProblem, whatIs } from './value.ts';

/** Deeper than any schema: only a value in itself gets there. */
export const MAX_DEPTH = 1000;

export function alternativeProblems(node: SchemaNode, value: Json, below: Path = []): readonly Finding[] {
  const problems = node.alternatives('allOf').flatMap((part) => misfits(part, value, below));
  const any = node.alternatives('anyOf');
  if (any.length > 0 && !any.some((part) => fits(part, value))) problems.push(noneFits(any, value, below));
  const one = node.alternatives('oneOf');
  if (one.length > 0) {
    const fitting = one.filter((part) => fits(part, value));
    if (fitting.length === 0) problems.push(noneFits(one, value, below));
    if (fitting.length > 1) problems.push(severalFit(fitting, below));
  }
  const { not } = node;
  if (not !== undefined && fits(not, value)) problems.push(forbidden(not, below));
  return problems;
}

function fits(node: SchemaNode, value: Json): boolean {
  return misfits(node, value, []).length === 0;
}

/** What is wrong with the values of something whose fields are known to be right. */
export function misfits(node: SchemaNode, value: Json, below: Path = []): Finding[] {
  if (value === null || below.length > MAX_DEPTH) return [];
  const wrong = typeProblem(node, value) ?? (node.hasValueRules ? valueProblem(node, value, false) : undefined);
  const problems: Finding[] = wrong === undefined ? [] : [{ ...wrong, below }];
  if (isObject(value)) {
    for (const name of node.required) {
      if (value[name] !== undefined && value[name] !== null) continue;
      problems.push({ says: 'is missing', remedy: `Add ${name}.`, below: [...below, name] });
    }
    for (const [name, member] of Object.entries(value)) {
      const field = node.field(name) ?? node.values;
      if (field !== undefined && member !== undefined) problems.push(...misfits(field, member, [...below, name]));
    }
  }
  const { items } = node;
  if (isList(value) && items !== undefined) {
    value.forEach((item, index) => problems.push(...misfits(items, item, [...below, index])));
  }
  if (node.hasAlternatives) problems.push(...alternativeProblems(node, value, below));
  return problems;
}

function noneFits(parts: readonly SchemaNode[], value: Json, below: Path): Finding {
  const fields = parts.map(requiredOnly);
  if (fields.every((names) => names !== undefined)) {
    return {
      says: `must have ${listed(fields.map((names) => names.join(' and ')))}`,
      remedy: 'Add one of them.',
      below,
    };
  }
  if (parts.every(({ type }) => type !== undefined)) {
    const types = listed(parts.map(whatIs));
    return { says: `must be ${types}`, remedy: `Write ${types}.`, below };
  }
  // The nearest is the one with the least to mend.
  const nearest = parts.map((part) => misfits(part, value, below)).reduce((a, b) => (b.length < a.length ? b : a));
  return nearest[0] ?? { says: 'fits none of the forms that its schema allows', remedy: 'Give it one of them.', below };
}

function severalFit(parts: readonly SchemaNode[], below: Path): Finding {
  const fields = parts.map(requiredOnly);
  return fields.every((names) => names !== undefined)
    ? {
        says: `may have only one of ${fields.map((names) => names.join(' with ')).join(' and ')}`,
        remedy: 'Take all but one out.',
        below,
      }
    : { says: 'fits several of the forms of which its schema allows one', remedy: 'Give it one of them.', below };
}

function forbidden(node: SchemaNode, below: Path): Finding {
  const names = requiredOnly(node);
  return names === undefined
    ? { says: 'has a form that its schema forbids', remedy: 'Look up what the kind allows here.', below }
    : { says: `may not have ${names.join(' with ')}`, remedy: 'Take it out.', below };
}

/** The fields that a schema asks for, if that is all that it does. */
function requiredOnly(node: SchemaNode): readonly string[] | undefined {
  const isAll = !node.hasValueRules && !node.hasAlternatives && node.type === undefined && node.fieldNames.length === 0;
  return isAll && node.required.length > 0 ? node.required : undefined;
}
