import { expect, test } from '@jest/globals';
import { type JsonObject, metadataProblems } from '../../../src/manifest/index.ts';

const pointers = (object: JsonObject): string[] => metadataProblems(object).map((problem) => problem.pointer);

test('an object that the API server takes has no problems', () => {
  const annotations = { 'Example.com/Note': 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  const metadata = {
    name: 'web',
    namespace: 'shop',
    labels: { 'app.kubernetes.io/name': 'web', empty: '' },
    annotations,
  };
  expect(metadataProblems({ apiVersion: 'apps/v1', kind: 'Deployment', metadata })).toEqual([]);
  expect(metadataProblems({ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' } })).toEqual([]);
});

test('a problem says where it is, what is wrong and how it should be', () => {
  expect(metadataProblems({ apiVersion: 'v1', kind: 'Service', metadata: { name: '3scale' } })).toEqual([
    {
      pointer: '/metadata/name',
      message:
        'The name "3scale" of a Service must be lower-case letters, digits and \'-\', with a letter first and a letter or digit last.',
    },
  ]);
});

test('all problems of an object are found', () => {
  const labels = { 'a b': 'x', enabled: true, long: 'x'.repeat(64) };
  const metadata = { name: 'Web', namespace: 'my.shop', labels, annotations: { 'a/b/c': 'x', port: 80 } };
  expect(pointers({ apiVersion: 'v1', kind: 'ConfigMap', metadata })).toEqual([
    '/metadata/name',
    '/metadata/namespace',
    '/metadata/labels/a b',
    '/metadata/labels/enabled',
    '/metadata/labels/long',
    '/metadata/annotations/a~1b~1c',
    '/metadata/annotations/port',
  ]);
});

test('a kind without a namespace must not have one', () => {
  expect(pointers({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'a' } })).toEqual([
    '/metadata/namespace',
  ]);
});

test('names that become parts of other names are shorter', () => {
  const object = (kind: string, length: number, spec = {}): JsonObject => ({
    apiVersion: 'batch/v1',
    kind,
    metadata: { name: 'a'.repeat(length) },
    spec,
  });
  expect(pointers(object('CronJob', 52))).toEqual([]);
  expect(pointers(object('CronJob', 53))).toEqual(['/metadata/name']);
  expect(pointers(object('Job', 63))).toEqual([]);
  expect(pointers(object('Job', 64))).toEqual(['/metadata/name']);
  expect(pointers(object('Job', 64, { manualSelector: true }))).toEqual([]);
});

test('a CustomResourceDefinition and an APIService are named after what they define', () => {
  const crd = (name: string): JsonObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: { group: 'example.com', names: { plural: 'things' } },
  });
  expect(pointers(crd('things.example.com'))).toEqual([]);
  expect(pointers(crd('things'))).toEqual(['/metadata/name']);
  const service = (name: string): JsonObject => ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: { group: 'metrics.k8s.io', version: 'v1beta1' },
  });
  expect(pointers(service('v1beta1.metrics.k8s.io'))).toEqual([]);
  expect(pointers(service('metrics'))).toEqual(['/metadata/name']);
});

test('annotations have at most 256 KiB together, counted in bytes of keys and values', () => {
  const object = (length: number): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations: { abcd: 'é'.repeat(length) } },
  });
  expect(pointers(object(128 * 1024 - 2))).toEqual([]);
  expect(pointers(object(128 * 1024 - 1))).toEqual(['/metadata/annotations']);
});

test('metadata must be there, with a name', () => {
  expect(pointers({ apiVersion: 'v1', kind: 'ConfigMap' })).toEqual(['/metadata']);
  expect(pointers({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })).toEqual(['/metadata/name']);
  expect(pointers({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 7 } })).toEqual(['/metadata/name']);
});
