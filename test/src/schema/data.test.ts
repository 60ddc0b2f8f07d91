import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RE2JS } from 're2js';
import { dataText, fluxFiles } from '../../../src/schema/generate.ts';

const DATA = join(import.meta.dirname, '../../../src/schema/data');
const files = new Map(readdirSync(DATA).map((file) => [file, readFileSync(join(DATA, file), 'utf8')]));

/** Every value under a key, at any depth. */
function valuesOf(key: string, value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([name, member]) => [
    ...(name === key ? [member] : []),
    ...valuesOf(key, member),
  ]);
}

const all = [...files.values()].map((text): unknown => JSON.parse(text));

test("Flux's schemas are those of the definitions in imports/crds/", () => {
  const made = fluxFiles();
  expect(made).toHaveLength(7);
  for (const { name, definitions } of made) expect(files.get(`${name}.json`)).toBe(dataText(definitions));
});

test('the data is small, and has no texts', () => {
  const sizes = [...files.keys()].map((file) => statSync(join(DATA, file)).size);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(300_000);
  expect(Math.max(...sizes)).toBeLessThan(80_000);
  expect(all.flatMap((file) => valuesOf('description', file)).filter((text) => typeof text === 'string')).toEqual([]);
});

test('every reference leads to a definition', () => {
  const names = new Set(
    [...files].flatMap(([file, text]) =>
      Object.keys(JSON.parse(text) as object).map((name) => `${file.slice(0, -'.json'.length)}.${name}`),
    ),
  );
  const references = all.flatMap((file) => valuesOf('$ref', file)).filter((ref) => typeof ref === 'string');
  expect(references.length).toBeGreaterThan(500);
  expect(references.filter((ref) => !names.has(ref))).toEqual([]);
});

describe('patterns mean the same to JavaScript as to Go', () => {
  const patterns = [...new Set(all.flatMap((file) => valuesOf('pattern', file)))].filter(
    (text) => typeof text === 'string',
  );
  const texts = [
    ...[
      '',
      'a',
      'A',
      '1',
      '-',
      '_',
      '.',
      'a.b',
      'a-b',
      'a_b',
      '-a',
      'a-',
      'a/b',
      'a.b/c',
      'x,y:z',
      'sha256:ab12',
      'é',
      'a\n',
    ],
    ...[
      '1h',
      '1h30m',
      '1.5s',
      '10ms',
      '1d',
      '1',
      '1h ',
      '0s',
      'http://a',
      'https://a',
      'oci://a',
      'ssh://a',
      'ftp://a',
    ],
    ...['@a', '@artifact/x', '@a/', 'a[0]', 'a\\b', 'v1.2.3', '\na', 'a b', 'ſ', 'K'],
  ];
  test.each(patterns)('%s', (pattern) => {
    const [ours, go] = [new RegExp(pattern), RE2JS.compile(pattern)];
    expect(texts.filter((text) => ours.test(text))).toEqual(texts.filter((text) => go.test(text)));
  });

  test('and none repeats a group that is itself a repetition, which could take long', () => {
    const nested = /\((?:[^()\\]|\\.)*[*+]\)[*+]/;
    expect(nested.test('^(a+)+$')).toBe(true);
    expect(patterns.filter((pattern) => nested.test(pattern))).toEqual([
      // The group begins with a character that cannot end it.
      '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$',
    ]);
  });
});
