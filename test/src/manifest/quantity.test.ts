import { expect, test } from '@jest/globals';
import { quantity } from '../../../src/manifest/index.ts';

// apimachinery: pkg/api/resource, quantity_test.go
test.each([
  ['0', 0],
  ['100m', 0.1],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['12e6', 12_000_000],
  ['12E', 12e18],
  ['12Ei', 12 * 2 ** 60],
  ['+.5k', 500],
  ['-3', -3],
  [2, 2],
  [2n, 2],
])('%s is so much', (text, amount) => {
  expect(quantity(text)).toBeCloseTo(amount);
});

test.each(['', '1 Gi', '1gi', '1e', '1.2.3', '${SIZE}', 'Gi', null, {}, undefined])('%s is no quantity', (text) => {
  expect(quantity(text)).toBeUndefined();
});
