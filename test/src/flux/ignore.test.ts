import { describe, expect, test } from '@jest/globals';
import { ignoreFilter, parseIgnorePatterns } from '../../../src/flux/index.ts';

/** Whether a path stays out; one that ends with a slash is a folder's. The answers are those of fluxcd/pkg 0.18. */
function isLeftOut(text: string, path: string, folder = ''): boolean {
  return ignoreFilter(parseIgnorePatterns(text, folder))(path.replace(/\/$/, ''), path.endsWith('/'));
}

describe('a pattern of an ignore file', () => {
  test.each([
    ['name', 'a/name/b', true],
    ['name', 'a/other', false],
    ['name/', 'a/name', false],
    ['name/', 'a/name/', true],
    ['name/', 'name/below', true],
    ['/name', 'name', true],
    ['/name', 'a/name', false],
    ['a/name', 'a/name/below', true],
    ['a/name', 'b/a/name', false],
    ['*.yaml', 'a/b.yaml', true],
    ['*.yaml', 'a.yaml/b', true],
    ['a/*', 'a/b', true],
    ['a/*', 'a', false],
    ['**/b', 'b', true],
    ['**/b', 'a/c/b', true],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'a/b/b/c', true],
    ['a/**', 'a/b', true],
    ['a**', 'ab', true],
    ['/a**', 'ab', false],
    ['?.md', 'a.md', true],
    ['[a-c].md', 'b.md', true],
    ['[^a-c].md', 'b.md', false],
    ['[a-c.md', 'b.md', false],
    ['[]a].md', ']a', false],
    ['\\#a', '#a', true],
    ['\\*', '*', true],
    ['\\*', 'b', false],
    ['a\\', 'a', false],
    ['name  ', 'name', true],
    ['name\\ ', 'name ', true],
    ['name\r', 'name', true],
    ['é', 'é', true],
    ['[é-😀]', '中', true],
  ])('%j leaves out %j: %j', (pattern, path, expected) => {
    expect(isLeftOut(pattern, path)).toBe(expected);
  });

  test('counts as the last one that fits, below an excluded folder too, where git would not look again', () => {
    expect(isLeftOut('a/\n!a/keep.yaml\n', 'a/keep.yaml')).toBe(false);
    expect(isLeftOut('!a/keep.yaml\na/\n', 'a/keep.yaml')).toBe(true);
  });

  test('is about the folder of its file only', () => {
    expect(isLeftOut('*.yaml', 'a/b.yaml', 'a')).toBe(true);
    expect(isLeftOut('*.yaml', 'b.yaml', 'a')).toBe(false);
    expect(isLeftOut('/b.yaml', 'a/b.yaml', 'a')).toBe(true);
    expect(isLeftOut('a', 'a', 'a')).toBe(false);
  });

  test('is neither a comment nor an empty line', () => {
    expect(parseIgnorePatterns('# comment\n\n   \n\t\nname\n')).toHaveLength(1);
  });

  test('is quick to compare, however many stars it has', () => {
    expect(isLeftOut(`${'*a'.repeat(2000)}b`, 'a'.repeat(250))).toBe(false);
  });
});

describe('what Flux leaves out by default', () => {
  test.each(['a.png', 'x/a.tar.gz', '.github/a', '.travis.yml', 'a/.sops.yaml', '.flux.yaml', 'codeship-steps.yml'])(
    'is %s, until a pattern is given',
    (path) => {
      expect(isLeftOut('', path)).toBe(true);
      expect(isLeftOut('other', path)).toBe(false);
    },
  );

  test.each(['.git/config', '.gitignore', 'a/.gitmodules', '.gitattributes'])('is always %s', (path) => {
    expect(isLeftOut('', path)).toBe(true);
    expect(isLeftOut('other', path)).toBe(true);
  });

  test('may be brought back', () => {
    expect(isLeftOut('!.gitignore', '.gitignore')).toBe(false);
  });

  test('is nothing else', () => {
    expect(['a.yaml', '.sourceignore', '.hidden/a', 'a.tar', 'github/a'].filter((path) => isLeftOut('', path))).toEqual(
      [],
    );
  });
});
