import { describe, expect, test } from '@jest/globals';
import {
  applyStages,
  isLeftAlone,
  isPrunable,
  isRecreationAllowed,
  metadataCleanUp,
  prepareForApply,
} from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

const OWNER = { name: 'apps', namespace: 'flux-system' };
const GROUP = 'kustomize.toolkit.fluxcd.io';

function configMap(metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'apps', ...metadata } };
}
const annotated = (key: string, value: string) => configMap({ annotations: { [`${GROUP}/${key}`]: value } });
const labelled = (key: string, value: string) => configMap({ labels: { [`${GROUP}/${key}`]: value } });

describe('stages of apply', () => {
  test('put definitions first, then classes, then the rest, each in order', () => {
    const kinds = [
      ['apps/v1', 'Deployment'],
      ['v1', 'Namespace'],
      ['storage.k8s.io/v1', 'StorageClass'],
      ['v1', 'Service'],
      ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
      ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
      ['example.org/v1', 'Namespace'],
    ];
    const objects = kinds.map(([apiVersion, kind]) => ({ apiVersion, kind, metadata: { name: 'x' } }));
    const shown = applyStages(objects).map(({ objects: some, isAwaited }) => [
      isAwaited,
      ...some.map((one) => one.kind),
    ]);
    expect(shown).toEqual([
      [true, 'CustomResourceDefinition', 'Namespace', 'ClusterRole'],
      [true, 'StorageClass'],
      [false, 'Namespace', 'Service', 'Deployment'],
    ]);
  });
  test('put kinds that somebody wants early after classes', () => {
    const kinds = ['v1/Service', 'apps/v1/Deployment', 'example.org/v1/Service', 'storage.k8s.io/v1/StorageClass'];
    const objects = kinds.map((name) => ({
      apiVersion: name.slice(0, name.lastIndexOf('/')),
      kind: name.slice(name.lastIndexOf('/') + 1),
      metadata: { name: 'x' },
    }));
    const shown = applyStages(objects, ['Service', 'apps/Deployment']).map(({ objects: some, isAwaited }) => [
      isAwaited,
      ...some.map(({ apiVersion, kind }) => [apiVersion, kind]),
    ]);
    expect(shown).toEqual([
      [true, ['storage.k8s.io/v1', 'StorageClass']],
      [false, ['v1', 'Service'], ['apps/v1', 'Deployment']],
      [false, ['example.org/v1', 'Service']],
    ]);
  });
  test('without objects are left out', () => {
    expect(applyStages([])).toEqual([]);
  });
});

describe('an object is left alone', () => {
  test.each([
    ['where git says that it is not reconciled', annotated('reconcile', 'disabled'), undefined, true],
    ['where the cluster says so, in any case of letters', configMap(), annotated('reconcile', 'Disabled'), true],
    ['where a label says so', labelled('ssa', 'Ignore'), undefined, true],
    ['where it is there, and is to be made only if not', annotated('ssa', 'IfNotPresent'), configMap(), true],
    ['but not where it is to be made and is not there', annotated('ssa', 'IfNotPresent'), undefined, false],
    ['but not where only the cluster says IfNotPresent', configMap(), annotated('ssa', 'IfNotPresent'), false],
    ['and not else', configMap(), configMap(), false],
  ])('%s', (_, desired, live, expected) => {
    expect(isLeftAlone(desired, live)).toBe(expected);
  });
});

describe('an object is pruned', () => {
  const owned = (extra: JsonObject = {}) =>
    configMap({ labels: { [`${GROUP}/name`]: 'apps', [`${GROUP}/namespace`]: 'flux-system' }, ...extra });

  test('where it belongs to the Kustomization', () => {
    expect(isPrunable(owned(), OWNER)).toBe(true);
  });
  test('but not where it belongs to another, or to none', () => {
    expect(isPrunable(owned(), { ...OWNER, name: 'other' })).toBe(false);
    expect(isPrunable(owned(), { ...OWNER, namespace: 'other' })).toBe(false);
    expect(isPrunable(configMap(), OWNER)).toBe(false);
  });
  test.each([
    ['prune', 'disabled'],
    ['reconcile', 'disabled'],
    ['ssa', 'Ignore'],
  ])('but not where it is marked %s: %s', (key, value) => {
    expect(isPrunable(owned({ annotations: { [`${GROUP}/${key}`]: value } }), OWNER)).toBe(false);
  });
});

test('an object is made anew only where it, or the one that is there, allows it', () => {
  expect(isRecreationAllowed(annotated('force', 'enabled'), configMap())).toBe(true);
  expect(isRecreationAllowed(configMap(), annotated('force', 'Enabled'))).toBe(true);
  expect(isRecreationAllowed(configMap(), configMap())).toBe(false);
});

describe('what is applied', () => {
  test('says which Kustomization it belongs to, and has the metadata of all, which wins', () => {
    const common = { labels: { team: 'a', [`${GROUP}/name`]: 'taken' }, annotations: { note: 'all' } };
    const object = configMap({ labels: { team: 'b', app: 'web' }, annotations: { note: 'own' } });
    expect(prepareForApply(object, OWNER, common).metadata).toEqual({
      name: 'web',
      namespace: 'apps',
      labels: { team: 'a', app: 'web', [`${GROUP}/name`]: 'taken', [`${GROUP}/namespace`]: 'flux-system' },
      annotations: { note: 'all' },
    });
  });
  test('has no status, except a CRD', () => {
    const status = { phase: 'x' };
    expect(prepareForApply({ ...configMap(), status }, OWNER, undefined)).not.toHaveProperty('status', status);
    const definition = {
      ...configMap(),
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      status,
    };
    expect(prepareForApply(definition, OWNER, undefined)).toHaveProperty('status', status);
  });
  test('has the stringData of a Secret as data, which wins', () => {
    const secret = { ...configMap(), kind: 'Secret', data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'né' } };
    const prepared = prepareForApply(secret, OWNER, undefined);
    expect(prepared.data).toEqual({ a: Buffer.from('né').toString('base64'), b: 'Yg==' });
    expect(JSON.parse(JSON.stringify(prepared))).not.toHaveProperty('stringData');
  });
});

describe('the clean-up of metadata', () => {
  const entry = (manager: string, operation: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject => ({
    manager,
    operation,
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...more,
  });
  const field = (name: string): JsonObject => ({ 'f:data': { [`f:${name}`]: {} } });

  test('does nothing where only others than kubectl wrote', () => {
    const managedFields = [entry('kustomize-controller', 'Apply', field('a')), entry('helm', 'Update', field('b'))];
    expect(metadataCleanUp(configMap(), configMap({ managedFields }))).toEqual([]);
  });
  test('takes what kubectl wrote as our own, and leaves what others wrote', () => {
    const managedFields = [
      entry('kubectl-edit', 'Update', field('b')),
      entry('helm', 'Update', field('c')),
      entry('kustomize-controller', 'Apply', field('a')),
      entry('kubectl', 'Apply', { 'f:data': { '.': {}, 'f:a': { 'f:x': {} } } }),
      entry('kubectl', 'Update', field('d'), { subresource: 'status' }),
    ];
    expect(metadataCleanUp(configMap(), configMap({ managedFields }))).toEqual([
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: [
          entry('helm', 'Update', field('c')),
          entry('kubectl', 'Update', field('d'), { subresource: 'status' }),
          entry('kustomize-controller', 'Apply', {
            'f:data': { '.': {}, 'f:a': { '.': {}, 'f:x': {} }, 'f:b': {} },
          }),
        ],
      },
    ]);
  });
  test('renames the first of them where we have none', () => {
    const managedFields = [entry('before-first-apply', 'Update', field('a')), entry('kubectl', 'Apply', field('b'))];
    expect(metadataCleanUp(configMap(), configMap({ managedFields }))).toEqual([
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: [entry('kustomize-controller', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } })],
      },
    ]);
  });
  test('removes what kubectl apply and the first Flux left', () => {
    const live = configMap({
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', other: 'x' },
      labels: { 'fluxcd.io/sync-gc-mark': 'x' },
    });
    expect(metadataCleanUp(configMap(), live)).toEqual([
      { op: 'remove', path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration' },
      { op: 'remove', path: '/metadata/labels/fluxcd.io~1sync-gc-mark' },
    ]);
  });
  test('is left where fields are to be merged', () => {
    const live = configMap({ managedFields: [entry('kubectl', 'Update', field('a'))] });
    expect(metadataCleanUp(annotated('ssa', 'Merge'), live)).toEqual([]);
  });
});
