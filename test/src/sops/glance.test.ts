import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlipwayError } from '../../../src/errors.ts';
import { checkValues, isPlainlySealed, readSopsFile } from '../../../src/sops/index.ts';
import { fixture } from './fixtures.ts';

const source = fixture('secret.enc.yaml').toString();
// A comment is more than a glance can take in.
const simple = source.replace(/^ {4}#.*\n/m, '');
const glance = (text: string) => isPlainlySealed(Buffer.from(text));

/** What reading the file properly says. */
function isRight(text: string): boolean {
  try {
    return checkValues(readSopsFile(Buffer.from(text), 'yaml')).length === 0;
  } catch (error) {
    if (error instanceof SlipwayError) return false;
    throw error;
  }
}

describe('a glance at a file', () => {
  test('sees that a file of sops is in order, of either indent', () => {
    expect(glance(simple)).toBe(true);
    const narrow = simple
      .replace(/^ {4}(?=\S)/gm, '  ')
      .replace(/^ {8}(?=- )/gm, '    ')
      .replace(/^ {12}(?=\S)/gm, '        ')
      .replace(/^ {10}(?=\S)/gm, '      ');
    expect([glance(narrow), isRight(narrow)]).toEqual([true, true]);
    expect(glance(fixture('pq.enc.yaml').toString())).toBe(true);
  });

  test.each([
    ['a plain value where the rule wants ciphertext', simple.replace(/^( {4}password: ).*$/m, '$1hunter2')],
    ['a cut ciphertext', simple.replace(/^( {4}password: .*),type:str\]$/m, '$1')],
    ['a key twice', simple.replace(/^( {4}password.*\n)/m, '$1$1')],
    ['no MAC', simple.replace(/^ {4}mac: .*\n/m, '')],
    ['two rules', simple.replace(/^ {4}version/m, '    unencrypted_suffix: x\n    version')],
    ['an unquoted time', simple.replace(/lastmodified: "(.*)"/, 'lastmodified: $1')],
    ['a second document', `${simple}---\na: b\n`],
    ['a rule that is no RE2', simple.replace('^(data|stringData)$', '^(data|(stringData)$')],
    ['a comment, which may be anything', source],
    ['nothing', ''],
  ])('has doubts about %s', (_, text) => {
    expect(glance(text)).toBe(false);
  });

  test('is never sure of a file that is not in order', () => {
    const piece = fc.constantFrom(
      '',
      ' ',
      '    ',
      '\n',
      '#',
      ':',
      ': ',
      'ENC[',
      ']',
      '"',
      'a',
      'data:\n',
      'stringData:\n',
      'sops:\n',
      '- ',
      '\r',
      '\t',
      '=',
      'true',
      '|',
      'é',
    );
    const change = fc.tuple(fc.nat(simple.length), fc.nat(12), piece);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const text = changes.reduce((so, [at, length, put]) => so.slice(0, at) + put + so.slice(at + length), simple);
        if (glance(text)) expect(isRight(text)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('is never sure of lines in another order that are not in order', () => {
    const lines = simple.split('\n');
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(lines.length - 1), fc.boolean(), (from, to, copy) => {
        const moved = copy ? [...lines] : lines.toSpliced(from, 1);
        const text = moved.toSpliced(to, 0, lines[from] ?? '').join('\n');
        if (glance(text)) expect(isRight(text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
