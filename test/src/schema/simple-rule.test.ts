import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../src/manifest/index.ts';
import { celRule } from '../../../src/schema/rules.ts';
import { SchemaNode } from '../../../src/schema/schema-node.ts';
import { readSimpleRule } from '../../../src/schema/simple-rule.ts';

const text = { type: 'string' };
const NODE = new SchemaNode(
  {
    type: 'object',
    properties: {
      kind: { ...text, default: 'x' },
      name: { ...text, nullable: true },
      ref: { type: 'object', properties: { kind: text, name: { ...text, default: 'y' } } },
    },
  },
  { isGo: false, definition: () => undefined, pattern: () => undefined },
);

const field = fc.constantFrom('kind', 'name', 'ref');
const path = fc.oneof(
  field.map((name) => `self.${name}`),
  field.map((name) => `self.ref.${name}`),
);
const comparison = fc
  .tuple(path, fc.constantFrom('==', '!='), fc.constantFrom("'x'", "'y'", "''"))
  .map((parts) => parts.join(' '));
const { rule } = fc.letrec<{ rule: string }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    path.map((of) => `has(${of})`),
    comparison,
    tie('rule').map((inner) => `!(${inner})`),
    tie('rule').map((inner) => `(${inner})`),
    fc.array(tie('rule'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' || ')),
    fc.array(tie('rule'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' && ')),
  ),
}));
const value = fc.option(fc.constantFrom('x', 'y', ''), { nil: null });
const self: fc.Arbitrary<Json> = fc.record(
  {
    kind: value,
    name: value,
    ref: fc.option(fc.record({ kind: value, name: value }, { requiredKeys: [] }), { nil: null }),
  },
  { requiredKeys: [] },
);

describe('a rule of has, texts and logic', () => {
  test('is judged as CEL judges it', () => {
    fc.assert(
      fc.property(rule, self, (text, object) => {
        const simple = readSimpleRule(text);
        const cel = celRule(text);
        if (simple === undefined || cel === undefined) throw new Error(`not read: ${text}`);
        expect(simple(NODE, object)).toBe(cel(NODE, object));
      }),
      { numRuns: Number(process.env.RULE_RUNS ?? 500) },
    );
  });

  test.each([
    'self.a',
    'size(self.a) > 0',
    "self.a.matches('x')",
    "self.a == 'it\\'s'",
    'has(self.a) ? true : false',
    "self.namespace == 'x'",
    "self.a[0] == 'x'",
    'self.a == self.b',
    'has(self.a) has(self.b)',
    '(has(self.a)',
    '',
  ])('%j is left to CEL', (text) => {
    expect(readSimpleRule(text)).toBeUndefined();
  });
});
