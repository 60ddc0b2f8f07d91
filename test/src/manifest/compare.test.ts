import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differences } from '../../../src/manifest/index.ts';
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
