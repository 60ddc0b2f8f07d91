import { describe, expect, test } from '@jest/globals';
import { compareVersions, isInRange, parseFullVersion, parseVersion, parseVersionRange } from '../../src/semver.ts';

/** The answers are those of github.com/Masterminds/semver 3.5, whose documentation has most of these ranges. */
describe('a range of versions', () => {
  test.each([
    ['*', '1.2.3', true],
    ['*', '1.2.3-rc.1', false],
    ['*-0', '1.2.3-rc.1', true],
    ['>=1.0.0-0', '1.2.3-rc.1', true],
    ['1.2.3', 'v1.2.3', true],
    ['1.2.3', '1.2.3+build', true],
    ['=1.2', '1.2.9', true],
    ['1.2.x', '1.3.0', false],
    ['!=1.2.x', '1.2.9', false],
    ['!=1.2.x', '1.3.0', true],
    ['>11', '11.1.0', false],
    ['>11', '12.0.0', true],
    ['>11.1', '11.1.1', false],
    ['>11.1', '11.2.0', true],
    ['<=2.x', '2.9.9', true],
    ['<=2.x', '3.0.0', false],
    ['>=1.2, <2.0', '1.9.0', true],
    ['>=1.2 <2.0', '2.0.0', false],
    ['<1 || >=3', '3.1.0', true],
    ['<1 || >=3', '2.0.0', false],
    ['1.2 - 1.4.5', '1.4.5', true],
    ['1.2 - 1.4.5', '1.4.6', false],
    ['~1.2.3', '1.2.9', true],
    ['~1.2.3', '1.3.0', false],
    ['~1', '1.9.0', true],
    ['~>2.1', '2.1.7', true],
    ['^1.2.3', '1.9.0', true],
    ['^1.2.3', '2.0.0', false],
    ['^0.2.3', '0.2.9', true],
    ['^0.2.3', '0.3.0', false],
    ['^0.0.3', '0.0.4', false],
    ['^0.0', '0.0.9', true],
    ['^0', '0.9.0', true],
    ['=>1.0', '1.0.0', true],
  ])('%j holds %j: %j', (range, version, expected) => {
    const parsed = parseVersion(version);
    expect(parsed && isInRange(parsed, parseVersionRange(range))).toBe(expected);
  });

  test.each(['', 'latest', '>=', '1.2.3.4', '== 1', '>= a', '1.x.', `>1${' '.repeat(512)}`, '1||'.repeat(40)])(
    'is none: %j',
    (range) => {
      expect(() => parseVersionRange(range)).toThrow(expect.objectContaining({ code: 'sources/semver-invalid' }));
    },
  );

  test('that is hostile is refused at once', () => {
    expect(() => parseVersionRange(`${'1   '.repeat(120)}!`)).toThrow('is not a range');
  });
});

describe('a version', () => {
  test('is ordered by its numbers, its pre-release, and not by its build', () => {
    const ordered = [
      '1.0.0-1',
      '1.0.0-2',
      '1.0.0-10',
      '1.0.0-a',
      '1.0.0-a.1',
      '1.0.0-b',
      '1.0.0',
      '1.0.1',
      '1.10.0',
      '2.0.0',
    ];
    const versions = ordered.map((text) => parseVersion(text)!);
    expect(
      [...versions]
        .reverse()
        .sort(compareVersions)
        .map(({ original }) => original),
    ).toEqual(ordered);
    expect(compareVersions(parseVersion('1.0.0+a')!, parseVersion('1.0.0+b')!)).toBe(0);
  });

  test.each(['', 'v', 'a.b.c', '1.2.3.4', '1.2.3-', '1.2.3-01', '99999999999999999999.0.0', '1.2.3 '])(
    'is not %j',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  test('of a tag has all three numbers', () => {
    expect(parseFullVersion('v1.2')).toBeUndefined();
    expect(parseFullVersion('v2026.01.03')?.original).toBe('v2026.01.03');
  });
});
