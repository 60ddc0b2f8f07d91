import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import { hideDifferences } from '../../../../src/render/helm/hide-differences.ts';

const config = (name: string, rest: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...rest,
});

const hide = (given: readonly JsonObject[], shifted: readonly JsonObject[]): readonly JsonObject[] =>
  hideDifferences(given, shifted, () => 'hidden');

test('what differs is hidden, and all else is as it was', () => {
  const given = { data: { same: 'x', port: 5432, list: [1, { a: 2 }], on: true } };
  const shifted = { data: { same: 'x', port: 6111, list: [1, { a: 3 }], on: true } };
  expect(hide([config('a', given)], [config('a', shifted)])).toEqual([
    config('a', { data: { same: 'x', port: 'hidden', list: [1, { a: 'hidden' }], on: true } }),
  ]);
});

test('of a text the words that differ are hidden, and no digit of a number is shown', () => {
  const text = (port: string): JsonObject[] => [config('a', { data: { text: `port = ${port}\nhost = db.example\n` } })];
  expect(hide(text('8.37492e+07'), text('8.37999e+07'))).toEqual(text('hidden'));
});

test('of what is there for one number and not for the other, names without digits and truth values are shown', () => {
  const given = [
    config('a', { data: { always: 'x', more: 'y', p5432: [1, true] } }),
    config('extra', { data: { k: 'v' } }),
  ];
  expect(hide(given, [config('a', { data: { always: 'x' } })])).toEqual([
    config('a', { data: { always: 'x', more: 'hidden', hidden: ['hidden', true] } }),
    config('extra', { data: { k: 'hidden' } }),
  ]);
});

test('lists of another length, and another kind of value, are hidden whole', () => {
  const given = config('a', { list: ['a', { b: 'c' }], value: { x: 1 } });
  const shifted = config('a', { list: ['a'], value: 'x' });
  expect(hide([given], [shifted])).toEqual([
    config('a', { list: ['hidden', { b: 'hidden' }], value: { x: 'hidden' } }),
  ]);
});
