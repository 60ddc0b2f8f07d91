import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlipwayError } from '../../../src/errors.ts';
import { emitDocument, type Json, readDocument, readDocuments } from '../../../src/manifest/index.ts';
import { jsonObject } from './arbitrary.ts';
import { valuesOf } from './kustomize.ts';
import { DOCUMENT_TRAPS, PLAIN_TRAPS } from './traps.ts';

const read = (text: string): readonly Json[] => valuesOf(readDocuments(text));

/** The error that reading ends with, as `code line:column message`. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return `${error.code} ${error.place.line ?? ''}:${error.place.column ?? ''} ${error.message}`;
  }
  return 'accepted';
}

describe('plain text', () => {
  test.each(PLAIN_TRAPS)('$text is to kustomize what it is to Go', ({ text, kyaml }) => {
    expect(read(`a: ${text}\n`)).toStrictEqual([{ a: kyaml }]);
  });

  test.each(PLAIN_TRAPS)('$text is to sigs.k8s.io/yaml what it is to Go', ({ text, sigs }) => {
    expect(readDocument(`a: ${text}\n`, { dialect: 'sigs' })?.value).toStrictEqual({ a: sigs });
  });
});

describe('a document', () => {
  test.each(DOCUMENT_TRAPS)('with $title', ({ text, value }) => {
    expect(read(text)).toStrictEqual([value]);
  });

  test('has in sigs.k8s.io/yaml keys that are text, the last of which wins', () => {
    const text = 'a: {y: 1, 8080: 2, 1.50: 3, true: 4, ~x: 5}\nb: 1\nb: 2\n1e3: 6\n1e25: 7\n1e6: 8\n';
    const value = { a: { true: 4, '8080': 2, '1.5': 3, '~x': 5 }, b: 2, '1000': 6, '1e+25': 7, '1e+06': 8 };
    expect(readDocument(text, { dialect: 'sigs' })?.value).toStrictEqual(value);
  });

  test('has in sigs.k8s.io/yaml merges that win over the keys before them', () => {
    const text = 'x: &x {a: 1, b: 1}\nz:\n  a: 2\n  <<: *x\n  b: 3\n';
    expect(readDocument(text, { dialect: 'sigs' })?.value).toStrictEqual({ x: { a: 1, b: 1 }, z: { a: 1, b: 3 } });
  });

  test('keeps in sigs.k8s.io/yaml folded text and empty values as they are', () => {
    const text = 'a: >-\n  [\n    b\n  ]\nc: {d}\n';
    expect(readDocument(text, { dialect: 'sigs' })?.value).toStrictEqual({ a: '[\n  b\n]', c: { d: null } });
  });

  test('gives each alias a value of its own', () => {
    const value = readDocument('a: &x {b: [1]}\nc: *x\n')?.value as { a: { b: Json }; c: { b: Json } };
    expect(value.c).toEqual(value.a);
    expect(value.c).not.toBe(value.a);
    expect(value.c.b).not.toBe(value.a.b);
  });
});

describe('a stream', () => {
  test('is split where kustomize splits it, and empty documents are left out', () => {
    expect(read('---\na: 1\n---   # next\nb: |\n  x\n---\n# nothing\n---\n---\nc: 1\n---\n~\n---\n- d\n')).toEqual([
      { a: 1 },
      { b: 'x\n' },
      { c: 1 },
      ['d'],
    ]);
    expect(read('')).toEqual([]);
    expect(read('# only a comment')).toEqual([]);
  });

  test('may have a value on the line of its first document start', () => {
    expect(read('--- {a: 1} # b\n')).toEqual([{ a: 1 }]);
  });

  test('may have a byte order mark before each document, and CR LF', () => {
    expect(read('\ufeffa: 1\r\n---\r\n\ufeffb: 2\r\n')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test('is read from bytes as from text', () => {
    expect(valuesOf(readDocuments(Buffer.from('\ufeffa: é\n')))).toEqual([{ a: 'é' }]);
  });

  test('has text that belongs to no document, which is not read but can be found', () => {
    const documents = readDocuments('a: 1\n---\n  b: 2\nc: 3\n---\nd: 4\n...\n# e\nf: 5\n');
    expect(valuesOf(documents)).toEqual([{ a: 1 }, { b: 2 }, { d: 4 }]);
    expect(documents.map((document) => document.ignored)).toEqual([
      undefined,
      { line: 4, column: 1 },
      { line: 9, column: 1 },
    ]);
  });

  test('of a single document is read to its first end by readDocument', () => {
    expect(readDocument('a: 1\n---\nb: 2\n')?.value).toEqual({ a: 1 });
    expect(readDocument('# nothing\n')).toBeUndefined();
  });
});

describe('a position', () => {
  const text = [
    'kind: A',
    '---',
    'kind: B',
    'spec:',
    '  list:',
    '    - name: x',
    "      'a/b': [1,",
    '        {c: d}]',
    '  base: &base',
    '    e: 1',
    '  copy: *base',
    '  merged:',
    '    <<: *base',
    '    f: |',
    '      text',
    '',
  ].join('\r\n');
  const [first, second] = readDocuments(text);

  test.each([
    ['', 3, 1],
    ['/kind', 3, 7],
    ['/spec', 5, 3],
    ['/spec/list', 6, 5],
    ['/spec/list/0/name', 6, 13],
    ['/spec/list/0/a~1b', 7, 14],
    ['/spec/list/0/a~1b/1/c', 8, 13],
    ['/spec/copy', 11, 9],
    ['/spec/copy/e', 10, 8],
    ['/spec/merged/e', 10, 8],
    ['/spec/merged/f', 14, 8],
  ])('of %s is line %d, column %d of the file', (pointer, line, column) => {
    expect(second?.positionOf(pointer)).toEqual({ line, column });
  });

  test('of a document is that of its first value', () => {
    expect(first?.start).toEqual({ line: 1, column: 1 });
    expect(second?.start).toEqual({ line: 3, column: 1 });
  });

  test('of what is not there is undefined', () => {
    for (const pointer of ['/x', '/kind/x', '/spec/list/1', '/spec/list/x', '/spec/merged/g', '/constructor']) {
      expect(second?.positionOf(pointer)).toBeUndefined();
    }
  });
});

describe('an error says where and what', () => {
  test.each([
    ['a: b: c', 'yaml-syntax 1:5', "A ':' cannot stand here"],
    ['a:\n\tb: 1', 'yaml-syntax 2:1', 'A tab cannot be used for indentation'],
    ['a: 1\nb\n', 'yaml-syntax 2:1', "A key must be followed by ':'"],
    ['a: "b', 'yaml-syntax 1:4', 'The text in quotes is not closed'],
    ['a: "\\/"', 'yaml-syntax 1:5', 'no escape sequence of YAML'],
    ['a: "\\ud83d\\ude00"', 'yaml-syntax 1:4', 'no surrogate pairs'],
    ['a: [1, 2\nb: 3', 'yaml-syntax 2:2', "',' or ']' is expected"],
    ['a: @b', 'yaml-syntax 1:4', 'put it into quotes'],
    ['a: {b: *}', 'yaml-syntax 1:8', 'The name of an alias'],
    ['a: |x\n  b', 'yaml-syntax 1:4', 'After | or >'],
    ['a: !e!x b', 'yaml-syntax 1:4', 'declared by no %TAG directive'],
    ['a: 1\n- b\n', 'yaml-syntax 2:1', "A key, 'name: ', is expected"],
    ['- a\nb: 1\n', 'yaml-syntax 2:1', "An item of the list, '- ', is expected"],
    ['a: 1\n--- b\nc: 2\n', 'yaml-syntax 2:1', "After '---'"],
    ['%YAML 1.2\n--- \n', 'yaml-syntax 1:1', 'no %YAML but 1.1'],
    ['a: \u0001', 'yaml-syntax 1:4', 'control characters'],
    ['a: 1\nb:\n  c: 1\n  "c": 2\n', 'yaml-key 4:3', 'The key "c" is there twice in this map.'],
    ['a:\n  8080: b', 'yaml-key 2:3', 'this is an integer to kustomize'],
    ['a: {true: b}', 'yaml-key 1:5', 'this is true or false to kustomize'],
    ['a: {~: b}', 'yaml-key 1:5', 'this is null to kustomize'],
    ['a: {2024-01-01: b}', 'yaml-key 1:5', 'this is a date to kustomize'],
    ['a: {? [b] : c}', 'yaml-key 1:7', 'not a list or a map'],
    ['a: {"<<": b}', 'yaml-key 1:5', 'kustomize loses it'],
    ['a:\n  <<: {b: 1}\n  <<: {c: 1}\n', 'yaml-key 3:3', 'one merge key only'],
    ['a: 1\nb: *c\n', 'yaml-alias 2:4', 'There is no anchor &c before this alias.'],
    ['a: &a [*a]', 'yaml-alias 1:8', 'inside the value of its own anchor'],
    ['a: &a {<<: *a}', 'yaml-alias 1:12', 'inside the value of its own anchor'],
    ['a: {<<: b}', 'yaml-alias 1:9', 'Only a map'],
    ['a: .inf', 'yaml-value 1:4', 'no such number'],
    ['a: !!int b', 'yaml-value 1:10', 'The tag says !!int'],
    ['a: !!binary "?"', 'yaml-value 1:13', 'no base64'],
  ])('%j', (text, where, what) => {
    const error = refusal(() => readDocuments(text));
    expect(error).toContain(where);
    expect(error).toContain(what);
  });

  test('with the file that it is in', () => {
    const error = (): unknown => readDocuments('a: [', { file: 'apps/a.yaml' });
    expect(error).toThrow(expect.objectContaining({ place: { file: 'apps/a.yaml', line: 1, column: 5 } }));
  });

  test('and never a value, which may be a secret', () => {
    for (const text of ['a: !!int hunter2', 'a: !!binary hunter2', 'a: "hunter2', 'a: hunter2: b', 'hunter2\na: 1']) {
      expect(refusal(() => readDocuments(text))).not.toContain('hunter2');
    }
  });

  test('for bytes that are no UTF-8', () => {
    expect(refusal(() => readDocuments(Buffer.from([0x61, 0x3a, 0x20, 0xff])))).toContain('not UTF-8');
  });
});

describe('a hostile text ends with an error, not with the memory', () => {
  const tenTimes = (item: string): string => `[${Array<string>(10).fill(item).join(', ')}]`;
  test.each([
    [
      'aliases of aliases',
      `a0: &a0 ${tenTimes('x')}\n${numbers(10, (i) => `a${i + 1}: &a${i + 1} ${tenTimes(`*a${i}`)}\n`)}`,
    ],
    [
      'merges of a large map',
      `a: &a {${numbers(2000, (i) => `k${i}: 1, `)}}\n${numbers(2000, (i) => `m${i}: {<<: *a}\n`)}`,
    ],
    ['nested lists', '['.repeat(100_000)],
    ['nested items', '- '.repeat(100_000)],
    ['nested maps', numbers(2000, (i) => `${' '.repeat(i)}a:\n`)],
    ['nesting by aliases', `a0: &a0 ${nest('x')}\n${numbers(9, (i) => `a${i + 1}: &a${i + 1} ${nest(`*a${i}`)}\n`)}`],
    ['a million values', '- a\n'.repeat(1_000_000)],
    ['many megabytes', `a: ${'a'.repeat(17 * 1024 * 1024)}`],
  ])('%s', (_, text) => {
    expect(refusal(() => readDocuments(text))).toContain('yaml-limit');
  });

  test('while a long line, a long text and many small documents are just read', () => {
    const long = 'a '.repeat(500_000).trim();
    expect(read(`a: ${long}\nb: "${long}"\nc: '${long}'\n`)).toEqual([{ a: long, b: long, c: long }]);
    expect(read(`a: |\n${'  b\n'.repeat(100_000)}`)).toEqual([{ a: 'b\n'.repeat(100_000) }]);
    expect(read('a: 1\n---\n'.repeat(100_000))).toHaveLength(100_000);
    expect(read(`${'['.repeat(900)}${']'.repeat(900)}`)).toHaveLength(1);
  });

  function numbers(count: number, line: (index: number) => string): string {
    return Array.from({ length: count }, (_, index) => line(index)).join('');
  }

  function nest(item: string): string {
    return `${'['.repeat(200)}${item}${']'.repeat(200)}`;
  }
});

test('what was emitted reads back equal, in both dialects', () => {
  fc.assert(
    fc.property(jsonObject(), (value) => {
      const text = emitDocument(value);
      expect(readDocuments(text).map((document) => document.value)).toEqual([value]);
      expect(readDocument(text, { dialect: 'sigs' })?.value).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test('any text at all is read or refused, never with another error', () => {
  const piece = fc.constantFrom(
    ...'a:- \n\n\n  "\'{}[],&*!|>%#?~<@`\t\r'.split(''),
    '---',
    '...',
    '<<: ',
    '&a ',
    '*a',
    '!!int ',
    '1',
    '\\',
  );
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 40 }), (text) => {
      refusal(() => readDocuments(text));
      refusal(() => readDocument(text, { dialect: 'sigs' }));
    }),
    { numRuns: 5000 },
  );
});
