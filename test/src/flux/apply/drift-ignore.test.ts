import { describe, expect, test } from '@jest/globals';
import { keepingFields, parseDriftIgnore, withoutFields } from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

const pod = (image: string, fields: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'b' },
  spec: {
    containers: [
      { name: 'main', image },
      { name: 'other', image: 'x' },
    ],
  },
  ...fields,
});
const applies = (manager: string, fieldsV1: JsonObject): JsonObject => ({ manager, operation: 'Apply', fieldsV1 });
const managed = (object: JsonObject, ...managedFields: readonly JsonObject[]): JsonObject => ({
  ...object,
  metadata: { name: 'a', namespace: 'b', managedFields },
});
const IMAGE = '/spec/containers/0/image';
const imageFields = {
  'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {} }, 'k:{"name":"other"}': { '.': {} } } },
};

describe('fields that are ignored', () => {
  test('are left out of what is compared, where they are there', () => {
    expect(withoutFields(pod('one'), [IMAGE, '/spec/nowhere/deep', '/spec/containers/7'])).toEqual({
      ...pod('one'),
      spec: { containers: [{ name: 'main' }, { name: 'other', image: 'x' }] },
    });
    const annotated = { metadata: { annotations: { 'a/b': '1', c: '2' } } };
    expect(withoutFields(annotated, ['/metadata/annotations/a~1b'])).toEqual({ metadata: { annotations: { c: '2' } } });
  });

  test('are applied as they are in the cluster, where nobody else applies them', () => {
    const own = applies('kustomize-controller', imageFields);
    const updated = { manager: 'kubectl-set', operation: 'Update', fieldsV1: imageFields };
    const live = managed(pod('theirs'), own, updated);
    expect(keepingFields(pod('git'), live, pod('git'), [IMAGE])).toEqual(pod('theirs'));
  });

  test('are not applied where somebody else applies them', () => {
    const live = managed(pod('theirs'), applies('kustomize-controller', imageFields), applies('updater', imageFields));
    expect(keepingFields(pod('git'), live, pod('git'), [IMAGE])).toEqual(withoutFields(pod('git'), [IMAGE]));
    // The other applies another item of the list.
    const other = { 'f:spec': { 'f:containers': { 'k:{"name":"other"}': { 'f:image': {} } } } };
    const foreign = managed(pod('theirs'), applies('kustomize-controller', imageFields), applies('updater', other));
    expect(keepingFields(pod('git'), foreign, pod('git'), [IMAGE])).toEqual(pod('theirs'));
  });

  test('are applied as git says where that changes nothing', () => {
    const live = managed(pod('git'), applies('updater', imageFields));
    expect(keepingFields(pod('git'), live, pod('git'), [IMAGE])).toEqual(pod('git'));
  });

  test('stay away where they are not in the cluster', () => {
    const live = managed({ ...pod('x'), data: {} });
    const git = { ...pod('x'), data: { key: '1' } };
    expect(keepingFields(git, live, git, ['/data/key'])).toEqual({ ...pod('x'), data: {} });
  });
});

test('a target is met by its whole group, version, kind, name and namespace, and by labels and annotations', () => {
  const ignores = (target: JsonObject, object = pod('x')): boolean =>
    parseDriftIgnore([{ paths: ['/spec'], target }])(object).length > 0;
  expect(ignores({})).toBe(true);
  expect(ignores({ kind: 'P.d', name: 'a', namespace: 'b|c', version: 'v1' })).toBe(true);
  expect(ignores({ kind: 'Po' })).toBe(false);
  expect(ignores({ group: 'apps' })).toBe(false);
  expect(ignores({ labelSelector: 'app' })).toBe(false);
  const metadata = { name: 'a', namespace: 'b', labels: { app: 'x' }, annotations: { note: 'y' } };
  expect(ignores({ labelSelector: 'app=x', annotationSelector: 'note in (y,z)' }, pod('x', { metadata }))).toBe(true);
  expect(parseDriftIgnore(undefined)(pod('x'))).toEqual([]);
});
