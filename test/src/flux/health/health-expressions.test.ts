import { describe, expect, test } from '@jest/globals';
import { parseHealthExpressions } from '../../../../src/flux/cel/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

const thing = (status: JsonObject, generation = 1): JsonObject => ({
  apiVersion: 'example.org/v1',
  kind: 'Thing',
  metadata: { name: 'a', generation },
  status,
});
const check = (expressions: JsonObject): JsonObject => ({
  apiVersion: 'example.org/v1beta1',
  kind: 'Thing',
  current: 'false',
  ...expressions,
});
const statusBy = (checks: readonly JsonObject[], object: JsonObject): string | undefined =>
  parseHealthExpressions(checks)(object)?.status;

describe('the expressions of a health check', () => {
  test('are asked in the order inProgress, failed, current, and none that holds is in progress', () => {
    const [yes, no] = ['true', 'false'];
    expect(statusBy([check({ inProgress: yes, failed: yes, current: yes })], thing({}))).toBe('InProgress');
    expect(statusBy([check({ inProgress: no, failed: yes, current: yes })], thing({}))).toBe('Failed');
    expect(statusBy([check({ inProgress: no, failed: no, current: yes })], thing({}))).toBe('Current');
    expect(statusBy([check({ inProgress: no, failed: no, current: no })], thing({}))).toBe('InProgress');
  });

  test('are not asked of an object whose controller has not seen it', () => {
    const checks = [check({ current: 'true' })];
    expect(statusBy(checks, thing({ observedGeneration: 1 }, 2))).toBe('InProgress');
    expect(statusBy(checks, thing({ observedGeneration: 2 }, 2))).toBe('Current');
    // Some kinds have a text there.
    expect(statusBy(checks, thing({ observedGeneration: '1' }, 2))).toBe('Current');
  });

  test('are for a kind whatever its version, and those for a group for the others of the group', () => {
    const checks = [
      { apiVersion: 'example.org/v1', current: 'true' },
      check({ failed: 'true' }),
      { apiVersion: 'v1', kind: 'Pod', failed: 'true', current: 'true' },
    ];
    expect(statusBy(checks, thing({}))).toBe('Failed');
    expect(statusBy(checks, { ...thing({}), kind: 'Other' })).toBe('Current');
    expect(statusBy(checks, { ...thing({}), apiVersion: 'other.org/v1' })).toBeUndefined();
    expect(statusBy(checks, { ...thing({}), apiVersion: 'v1', kind: 'Pod' })).toBe('Failed');
    expect(statusBy(checks, { ...thing({}), apiVersion: 'v1', kind: 'Secret' })).toBeUndefined();
  });

  test('have no answer where a field is missing', () => {
    const checks = [check({ current: `status.phase == 'Ready'` })];
    expect(() => statusBy(checks, thing({}))).toThrow(
      `failed to evaluate the CEL expression 'status.phase == 'Ready'': no such key: phase`,
    );
  });

  test('are refused where one is none, is missing, or two are for the same', () => {
    expect(() => parseHealthExpressions([check({ current: 'status.' })])).toThrow(
      /^failed to create custom status evaluator for healthchecks\[0\]: failed to parse the expression Current: failed to parse the CEL expression 'status\.': /,
    );
    expect(() => parseHealthExpressions([check({ inProgress: '(' })])).toThrow(
      /failed to parse the expression InProgress/,
    );
    expect(() => parseHealthExpressions([check({ current: '' })])).toThrow(
      'failed to create custom status evaluator for healthchecks[0]: expression Current not specified',
    );
    expect(() => parseHealthExpressions([check({}), check({ apiVersion: 'example.org/v2' })])).toThrow(
      'duplicate custom health check for GroupKind Thing.example.org at healthchecks[1]',
    );
  });
});
