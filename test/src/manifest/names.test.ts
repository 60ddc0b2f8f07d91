import { describe, expect, test } from '@jest/globals';
import { labelKeyProblem, labelValueProblem, nameProblem, nameRule } from '../../../src/manifest/index.ts';

describe('the name of an object', () => {
  test.each([
    ['', 'Namespace', 'label'],
    ['', 'Service', 'service'],
    ['', 'ConfigMap', 'subdomain'],
    ['apps', 'StatefulSet', 'label'],
    ['apps', 'Deployment', 'subdomain'],
    ['rbac.authorization.k8s.io', 'ClusterRole', 'path-segment'],
    ['example.com', 'Service', 'subdomain'],
  ])('of %s/%s follows the rule %s', (group, kind, rule) => {
    expect(nameRule(group, kind)).toBe(rule);
  });

  test.each([
    [
      'subdomain',
      ['a', '0', 'a-b.c0', 'a'.repeat(253)],
      ['', '-a', 'a-', 'a..b', 'A', 'a_b', 'a/b', 'é', 'a\n', 'a'.repeat(254)],
    ],
    ['label', ['a', '0', 'a-0', 'a'.repeat(63)], ['', 'a.b', 'A', '-a', 'a'.repeat(64)]],
    ['service', ['a', 'a-0', 'a'.repeat(63)], ['', '0a', 'a.b', 'a-', 'a'.repeat(64)]],
    ['path-segment', ['a', 'A_b:c', 'system:node', 'é'], ['', '.', '..', 'a/b', 'a%']],
  ] as const)('under the rule %s', (rule, good, bad) => {
    expect(good.filter((name) => nameProblem(rule, name) !== undefined)).toEqual([]);
    expect(bad.filter((name) => nameProblem(rule, name) === undefined)).toEqual([]);
  });
});

describe('labels', () => {
  const x63 = 'x'.repeat(63);
  test.each([
    ['keys', labelKeyProblem, ['a', 'A.b_c-9', 'app.kubernetes.io/name', x63, `a/${x63}`, `${'a'.repeat(253)}/b`]],
    ['values', labelValueProblem, ['', 'a', 'A.b_c-9', x63]],
  ] as const)('have %s that are accepted', (_, problem, texts) => {
    expect(texts.filter((text) => problem(text) !== undefined)).toEqual([]);
  });

  test.each([
    ['keys', labelKeyProblem, ['', '/a', 'a/', 'a/b/c', '-a', 'a-', 'A/b', `${x63}x`, `${'a'.repeat(254)}/b`, 'a b']],
    ['values', labelValueProblem, ['-', 'a-', 'a/b', 'a b', 'a\n', 'é', `${x63}x`]],
  ] as const)('have %s that are refused', (_, problem, texts) => {
    expect(texts.filter((text) => problem(text) === undefined)).toEqual([]);
  });
});
