import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compileExpression, parseExpression } from '../../../../src/flux/cel/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import { buildGoProgram } from '../../../support/go-program.ts';

const OUTCOMES = ['true', 'false', 'error', 'invalid'] as const;
type Outcome = (typeof OUTCOMES)[number];

interface Answer {
  readonly invalid?: string;
  readonly error?: string;
  readonly value?: boolean;
}
interface Table {
  readonly title: string;
  readonly readiness: boolean;
  readonly data: JsonObject;
  readonly true: readonly string[];
  readonly false: readonly string[];
  readonly error: readonly string[];
  readonly invalid: readonly string[];
}

/** What Flux's own code makes of each of these; the last test asks it again. */
const tables = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, 'expressions.json'), 'utf8'),
) as readonly Table[];

/** What Flux carries out, or finds earlier, and we do not: docs/conformance.md names it. */
const LEFT_OUT = [
  /\.format\(/,
  /^[[{]\?/,
  /^\.5/,
  /google\.protobuf/,
  /^has\(dep\.status\.conditions\[0\]/,
  /^uint\(-1\)|^size\(\)|^size\(1, 2\)|^'a'\.size\(1\)/,
];
const isLeftOut = (source: string): boolean => LEFT_OUT.some((pattern) => pattern.test(source));

describe.each(tables)('an expression $title', (table) => {
  const parse = table.readiness ? compileExpression : parseExpression;
  const each = (outcome: Outcome, title: string, check: (source: string) => void): void => {
    for (const source of table[outcome].filter((one) => !isLeftOut(one))) {
      test(`${source} ${title}`, () => {
        check(source);
      });
    }
  };

  each('true', 'holds', (source) => {
    expect(parse(source).holds(table.data)).toBe(true);
  });

  each('false', 'does not hold', (source) => {
    expect(parse(source).holds(table.data)).toBe(false);
  });

  each('error', 'has no value', (source) => {
    const expression = parse(source);
    expect(() => expression.holds(table.data)).toThrow(/^failed to evaluate (the )?CEL expression/);
  });

  each('invalid', 'is none', (source) => {
    expect(() => parse(source)).toThrow(/^failed to parse the CEL expression|^CEL expression output type mismatch: /);
  });
});

test('what is not carried out is refused with the expression, and never taken for something else', () => {
  expect(() => parseExpression(`'%s'.format(['a']) == 'a'`)).toThrow(
    `failed to parse the CEL expression ''%s'.format(['a']) == 'a'': Slipway does not carry out format()`,
  );
  expect(() => parseExpression(`timestamp(a).getHours('Europe/Berlin') == 1`)).toThrow(
    'Slipway does not carry out getHours() with a time zone',
  );
});

describe('an expression that is hostile', () => {
  const list = Array.from({ length: 1000 }, (_item, at) => at);
  const expensive = /the expression takes too long$/;

  test('ends though it goes through a list for each item of a list for each item of a list', () => {
    const { holds } = parseExpression('l.all(a, l.all(b, l.all(c, a + b + c >= 0)))');
    expect(() => holds({ l: list })).toThrow(expensive);
  });

  test('ends though errors do not stop it', () => {
    const { holds } = parseExpression('l.exists(a, l.exists(b, l.exists(c, c.missing)))');
    expect(() => holds({ l: list })).toThrow(expensive);
  });

  test('makes no text that fills the memory', () => {
    const grow = (source: string): string => `[${source}].map(x, x + x + x + x + x + x + x + x)[0]`;
    const source = Array.from({ length: 12 }).reduce<string>(grow, `'${'a'.repeat(100)}'`);
    expect(() => parseExpression(`${source} == ''`).holds({})).toThrow(expensive);
  });

  test('has a pattern that takes time linear in the text', () => {
    const { holds } = parseExpression(`text.matches('^(a+)+$')`);
    expect(holds({ text: `${'a'.repeat(5000)}!` })).toBe(false);
  });

  test('is none where it is nested too deeply', () => {
    expect(() => parseExpression(`${'('.repeat(5000)}1${')'.repeat(5000)} == 1`)).toThrow(/Exceeded maxDepth/);
    expect(() => parseExpression(Array.from({ length: 20_000 }, () => 'a').join(' && '))).toThrow(
      /Exceeded maxAstNodes/,
    );
    expect(() => parseExpression(`${'!'.repeat(50_000)}a`)).toThrow(/^failed to parse the CEL expression/);
  });

  test('finds nothing of JavaScript in an object', () => {
    for (const source of ['constructor != 1', 'a.constructor != 1', 'a.__proto__ != 1', 'a.toString != 1']) {
      expect(() => parseExpression(source).holds({ a: {} })).toThrow();
    }
  });
});

describe('Flux itself', () => {
  const program = buildGoProgram('flux-cel', 'cluster');
  const testWithFlux = program === undefined ? test.skip : test;

  testWithFlux('says the same of each of these expressions', () => {
    for (const table of tables) {
      const { readiness, data } = table;
      const asked = OUTCOMES.flatMap((outcome) => table[outcome].map((expression) => ({ outcome, expression })));
      const questions = asked.map(({ expression }) => ({ expression, readiness, data }));
      const { stdout } = spawnSync(program ?? '', { input: JSON.stringify(questions), encoding: 'utf8' });
      const answers = JSON.parse(stdout) as readonly Answer[];
      const found = asked.map(({ expression }, at) => ({ outcome: outcomeOf(answers[at] ?? {}), expression }));
      expect(found).toEqual(asked);
    }
  });
});

function outcomeOf({ invalid, error, value }: Answer): string {
  if (invalid !== undefined) return 'invalid';
  return error === undefined ? String(value) : 'error';
}
