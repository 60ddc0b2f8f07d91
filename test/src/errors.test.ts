import { describe, expect, test } from '@jest/globals';
import { formatError, SlipwayError, SlipwayErrors } from '../../src/errors.ts';

describe('an error', () => {
  test('is shown with its code, its place, its sentence, the TypeScript line and the remedy', () => {
    const error = new SlipwayError({
      code: 'tree/hand-edited',
      message: 'The file was edited by hand.',
      remedy: 'Take the edit into TypeScript.',
      place: { file: 'a.yaml', line: 3, column: 1, object: 'Secret/default/a', source: 'cluster/a.ts:20:3' },
    });
    expect(formatError(error)).toBe(
      [
        'error tree/hand-edited a.yaml:3:1 Secret/default/a',
        '  The file was edited by hand.',
        '  from cluster/a.ts:20:3',
        '  Take the edit into TypeScript.',
      ].join('\n'),
    );
  });

  test('shows who called for the line', () => {
    const place = { source: 'cluster/a.ts:20:3', callers: ['cluster/b.ts:1:1', 'main.ts:4:1'] };
    expect(formatError(new SlipwayError({ code: 'a/b', message: 'No.', place }))).toBe(
      'error a/b\n  No.\n  from cluster/a.ts:20:3, called from cluster/b.ts:1:1, main.ts:4:1',
    );
  });

  test('shows what is known of its place and nothing else', () => {
    expect(formatError(new SlipwayError({ code: 'a/b', message: 'No.' }))).toBe('error a/b\n  No.');
  });

  test('keeps its cause', () => {
    const cause = new Error('underneath');
    expect(new SlipwayError({ code: 'a/b', message: 'No.', cause }).cause).toBe(cause);
  });

  test('among several, the gravest gives the exit status', () => {
    const one = new SlipwayError({ code: 'a/b', message: 'No.' });
    const three = new SlipwayError({ code: 'a/c', message: 'No disk.', exitStatus: 3 });
    expect(new SlipwayErrors([one, three]).exitStatus).toBe(3);
    expect(new SlipwayErrors([one]).exitStatus).toBe(1);
  });
});
