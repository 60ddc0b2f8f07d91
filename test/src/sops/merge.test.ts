import { describe, expect, test } from '@jest/globals';
import { branch, emitPlain, formatPath, mergeTrees, readPlain } from '../../../src/sops/index.ts';

const tree = (yaml: string) => readPlain(Buffer.from(yaml), 'yaml')[0] ?? branch([]);

function merge(base: string, ours: string, theirs: string) {
  const merged = mergeTrees(tree(base), tree(ours), tree(theirs));
  return [emitPlain([merged.tree], 'yaml', { indent: 2 }).toString(), merged.conflicts.map((path) => formatPath(path))];
}

describe('a three-way merge', () => {
  test.each<readonly [string, string, string, string, string, readonly string[]]>([
    ['takes what either side changed', 'a: 1\nb: 2\n', 'a: 9\nb: 2\n', 'a: 1\nb: 8\n', 'a: 9\nb: 8\n', []],
    ['takes what both changed alike', 'a: 1\n', 'a: 2\n', 'a: 2\n', 'a: 2\n', []],
    ['takes what either side took out', 'a: 1\nb: 2\nc: 3\n', 'b: 2\nc: 3\n', 'a: 1\nb: 2\n', 'b: 2\n', []],
    [
      'puts what they added behind the key that they have it behind',
      'a: 1\nb: 2\n',
      'a: 1\nb: 2\n',
      'a: 1\nx: 0\nb: 2\n',
      'a: 1\nx: 0\nb: 2\n',
      [],
    ],
    [
      'goes into maps',
      'm:\n  a: 1\n  b: 2\n',
      'm:\n  a: 9\n  b: 2\n',
      'm:\n  a: 1\n  b: 8\n',
      'm:\n  a: 9\n  b: 8\n',
      [],
    ],
    ['takes a list for one value', 'l: [1]\n', 'l: [1, 2]\n', 'l: [1, 3]\n', 'l:\n  - 1\n  - 2\n', ['l']],
    ['names what both changed', 'm:\n  a: 1\n', 'm:\n  a: 2\n', 'm:\n  a: 3\n', 'm:\n  a: 2\n', ['m.a']],
    ['names what one changed and the other took out', 'a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'b: 1\n', 'a: 2\nb: 1\n', ['a']],
    ['keeps our comments', 'a: 1\n', '# note\na: 1\n', 'a: 2\n', '# note\na: 2\n', []],
  ])('%s', (_, base, ours, theirs, expected, conflicts) => {
    expect(merge(base, ours, theirs)).toEqual([expected, conflicts]);
  });
});
