import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import type { SelectionRule } from '../../../src/sops/index.ts';
import { compileRegex, compileSelection } from '../../../src/sops/selection.ts';

const selects = (
  rule: SelectionRule,
  path: string,
  comments: readonly (readonly string[])[] = [[]],
  isComment = false,
) => compileSelection(rule)(path.split('/'), comments, isComment);

describe('a value is encrypted', () => {
  test.each<readonly [SelectionRule['kind'], string, string, boolean]>([
    ['unencrypted_suffix', '_plain', 'a/b', true],
    ['unencrypted_suffix', '_plain', 'a_plain/b', false],
    ['encrypted_suffix', '_secret', 'a/b', false],
    ['encrypted_suffix', '_secret', 'a/b_secret/c', true],
    ['unencrypted_regex', '^pub', 'public/a', false],
    ['unencrypted_regex', '^pub', 'a/republic', true],
    ['encrypted_regex', '^(data|stringData)$', 'stringData/a', true],
    ['encrypted_regex', '^(data|stringData)$', 'metadata/annotations/data', true],
    ['encrypted_regex', '^(data|stringData)$', 'metadata/name', false],
    ['encrypted_regex', '(?i)PASS', 'my_password', true],
    ['encrypted_regex', '(?!x)y', 'y', false],
  ])('by %s %s at %s: %s', (kind, value, path, expected) => {
    expect(selects({ kind, value }, path)).toBe(expected);
  });

  test('by the comments above it and above the maps around it', () => {
    const secret: SelectionRule = { kind: 'encrypted_comment_regex', value: 'secret' };
    expect(selects(secret, 'a', [['secret']])).toBe(true);
    expect(selects(secret, 'a/b', [['secret'], []])).toBe(true);
    expect(selects(secret, 'a', [[]])).toBe(false);
    // The comment that asks for it stays readable; the one below it does not.
    expect(selects(secret, '', [['secret']], true)).toBe(false);
    expect(selects(secret, '', [['secret', 'more']], true)).toBe(true);
    expect(selects({ kind: 'unencrypted_comment_regex', value: 'plain' }, 'a', [['plain']])).toBe(false);
  });
});

describe('a regular expression is RE2’s', () => {
  test.each(['(?!x)y', '(?<=a)b', '(a)\\1', '(', 'a**', '[z-a]', '\\q'])('%s is refused', (expression) => {
    expect(compileRegex(expression)).toBeUndefined();
  });

  test.each<readonly [string, string, boolean]>([
    ['(?i)^A', 'abc', true],
    ['\\Aa\\z', 'a', true],
    ['[[:alpha:]]', '1a', true],
    ['a.c', 'a\nc', false],
    ['^a$', 'b\na', false],
    ['.*\\.sops\\.yaml$', 'kubernetes/x.sops.yaml', true],
    ['secrets/.*\\.yaml$', 'secrets/a.yml', false],
  ])('%s on %j: %s', (expression, text, expected) => {
    expect(compileRegex(expression)?.(text)).toBe(expected);
  });

  test('also where it is simple enough for JavaScript’s own', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '\\.',
      '\\_',
      '\\-',
      '^',
      '$',
      '(',
      ')',
      '|',
      '.*',
      '.+',
      'data',
      ' ',
    );
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '.', '_', '-', 'data', '\n', '\u2028', 'é', '\u{1f600}'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), text, (parts, candidate) => {
        const expression = parts.join('');
        let expected: boolean | undefined;
        try {
          expected = RE2JS.compile(expression).matcher(candidate).find();
        } catch {
          expected = undefined;
        }
        expect(compileRegex(expression)?.(candidate)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });
});
