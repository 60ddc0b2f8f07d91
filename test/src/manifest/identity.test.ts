import { describe, expect, test } from '@jest/globals';
import {
  formatIdentity,
  identityKey,
  identityOf,
  inventoryId,
  isBuiltInClusterScoped,
  parseInventoryId,
} from '../../../src/manifest/index.ts';

describe('the identity of an object', () => {
  test('is read from its apiVersion, kind and metadata', () => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
    const identity = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    expect(identityOf(object)).toEqual(identity);
    expect(formatIdentity(identity)).toBe('Deployment/shop/web');
  });

  test('has no group in the core group, and no namespace where none is given', () => {
    const identity = identityOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    expect(identity).toEqual({ group: '', version: 'v1', kind: 'Namespace', namespace: '', name: 'shop' });
    expect(formatIdentity(identity)).toBe('Namespace/shop');
  });

  test('is the same in every version', () => {
    const [a, b] = ['v1', 'v1beta1'].map((version) =>
      identityKey(identityOf({ apiVersion: `apps/${version}`, kind: 'Deployment', metadata: { name: 'web' } })),
    );
    expect(a).toBe(b);
  });

  test.each([
    ['apiVersion', { kind: 'A', metadata: { name: 'a' } }],
    ['kind', { apiVersion: 'v1', kind: 1, metadata: { name: 'a' } }],
    ['metadata.name', { apiVersion: 'v1', kind: 'A', metadata: null }],
    ['metadata.name', { apiVersion: 'v1', kind: 'A', metadata: { name: '' } }],
  ])('needs %s', (field, object) => {
    expect(() => identityOf(object)).toThrow(`This is no Kubernetes object: its ${field} is`);
  });
});

describe('the id in a Flux inventory', () => {
  test.each([
    ['shop_web_apps_Deployment', { namespace: 'shop', name: 'web', group: 'apps', kind: 'Deployment' }],
    ['shop_web__Service', { namespace: 'shop', name: 'web', group: '', kind: 'Service' }],
    ['_shop__Namespace', { namespace: '', name: 'shop', group: '', kind: 'Namespace' }],
    [
      '_system__node_rbac.authorization.k8s.io_ClusterRole',
      { namespace: '', name: 'system:node', group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
    ],
  ])('%s', (id, identity) => {
    expect(inventoryId(identity)).toBe(id);
    expect(parseInventoryId(id)).toEqual(identity);
  });

  test('of another form is refused', () => {
    for (const id of ['', 'a', 'a_b', 'a_b_c']) expect(() => parseInventoryId(id)).toThrow('is not of the form');
  });
});

test('built-in kinds without a namespace are known by group and kind', () => {
  expect(isBuiltInClusterScoped('', 'Namespace')).toBe(true);
  expect(isBuiltInClusterScoped('rbac.authorization.k8s.io', 'ClusterRole')).toBe(true);
  expect(isBuiltInClusterScoped('rbac.authorization.k8s.io', 'Role')).toBe(false);
  expect(isBuiltInClusterScoped('example.com', 'Namespace')).toBe(false);
  expect(isBuiltInClusterScoped('constructor', 'name')).toBe(false);
});
