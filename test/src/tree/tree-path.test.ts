import { describe, expect, test } from '@jest/globals';
import { whyNotATreePath } from '../../../src/tree/index.ts';

describe('a path of the tree', () => {
  test.each(['a.yaml', 'apps/web/site/app/x.sops.yaml', '.owned', 'a/.hidden/b', 'ünïcode/名前.yaml', 'x'.repeat(255)])(
    'may be %s',
    (path) => {
      expect(whyNotATreePath(path)).toBeUndefined();
    },
  );

  test.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a/./b',
    'a//b',
    'a/',
    'a\\b',
    'a\nb',
    'a\0b',
    'a:b',
    '.git/config',
    'a/.GIT/hooks/post-checkout',
    'x'.repeat(256),
  ])('may not be %j', (path) => {
    expect(whyNotATreePath(path)).toEqual(expect.any(String));
  });
});
