import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differences, type Json } from '../../../src/manifest/index.ts';
import { jsonObject } from './arbitrary.ts';

test('two objects differ in the fields that were changed, removed and added', () => {
  const before = { spec: { replicas: 1, paused: false, image: 'a' }, 'a/b': [1, 2], gone: { deep: true } };
  const after = { spec: { replicas: 2, paused: false, image: null }, 'a/b': [1, 3, { x: 1 }], fresh: [] };
  expect(differences(before, after)).toEqual([
    { pointer: '/spec/replicas', before: 1, after: 2 },
    { pointer: '/spec/image', before: 'a', after: null },
    { pointer: '/a~1b/1', before: 2, after: 3 },
    { pointer: '/a~1b/2', before: undefined, after: { x: 1 } },
    { pointer: '/gone', before: { deep: true }, after: undefined },
    { pointer: '/fresh', before: undefined, after: [] },
  ]);
});

test('a list, a map and a scalar differ as a whole', () => {
  expect(differences({ a: [] }, { a: {} })).toEqual([{ pointer: '/a', before: [], after: {} }]);
  expect(differences({ a: 1 }, { a: '1' })).toEqual([{ pointer: '/a', before: 1, after: '1' }]);
});

test('the order of keys and members that are undefined make no difference', () => {
  expect(differences({ a: 1, b: 2 }, { b: 2, a: 1, c: undefined })).toEqual([]);
});

test('a key named like a member of every JavaScript object is a key like others', () => {
  expect(differences({}, { constructor: 1 })).toEqual([{ pointer: '/constructor', before: undefined, after: 1 }]);
});

test('a value does not differ from its copy', () => {
  fc.assert(fc.property(jsonObject(), (value) => differences(value, structuredClone(value)).length === 0));
});

describe('items of lists, compared by what they are', () => {
  const items = (before: Json, after: Json) => differences(before, after, { matchItems: true });

  test('differ in what came and what went', () => {
    expect(items(['a', 'b'], ['a', 'x', 'b'])).toEqual([{ pointer: '/1', before: undefined, after: 'x' }]);
    expect(items([{ name: 'a', n: 1 }, { name: 'b' }], [{ name: 'b' }])).toEqual([
      { pointer: '/0', before: { name: 'a', n: 1 }, after: undefined },
    ]);
    expect(items([{ name: 'a', n: 1 }], [{ name: 'b' }, { name: 'a', n: 2 }])).toEqual([
      { pointer: '/1/n', before: 1, after: 2 },
      { pointer: '/0', before: undefined, after: { name: 'b' } },
    ]);
  });

  test.each([
    ['their order changed', [{ name: 'a' }, { name: 'b' }], [{ name: 'b' }, { name: 'a' }], ['/0/name', '/1/name']],
    ['a name stands twice', [{ name: 'a' }, { name: 'a' }], [{ name: 'a' }], ['/1']],
    ['plain ones are as many', ['--a=1', '--b'], ['--a=2', '--b'], ['/0']],
  ])('differ by position where %s', (_why, before, after, pointers) => {
    expect(items(before, after).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('are found to differ exactly where they do by position', () => {
    fc.assert(
      fc.property(jsonObject(), jsonObject(), (a, b) => {
        expect(items(a, b).length > 0).toBe(differences(a, b).length > 0);
      }),
    );
  });
});
