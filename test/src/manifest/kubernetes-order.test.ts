import { expect, test } from '@jest/globals';
import { emitDocument, inKubernetesOrder } from '../../../src/manifest/index.ts';

test('an object sorted by a machine gets its keys in the order in which people write manifests', () => {
  const sorted = {
    apiVersion: 'v1',
    data: { b: '1', a: '2' },
    kind: 'Secret',
    metadata: { annotations: {}, finalizers: [], labels: {}, name: 'a', namespace: 'b' },
    status: {},
    type: 'Opaque',
  };
  expect(emitDocument(inKubernetesOrder(sorted)).match(/^ *\w+/gm)).toEqual([
    ...['apiVersion', 'kind', 'metadata', '  name', '  namespace', '  labels', '  annotations', '  finalizers'],
    ...['type', 'data', '  b', '  a', 'status'],
  ]);
});

test('what is absent stays absent', () => {
  expect(inKubernetesOrder({ kind: 'List', items: [] })).toStrictEqual({ kind: 'List', items: [] });
});
