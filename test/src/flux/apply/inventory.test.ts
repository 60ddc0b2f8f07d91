import { describe, expect, test } from '@jest/globals';
import { formatInventory, mergeInventories, parseInventory, staleObjects } from '../../../../src/flux/index.ts';

const entries = (...ids: readonly string[]) => ({ entries: ids.map((id) => ({ id, v: 'v1' })) });
const idsOf = (inventory: ReturnType<typeof parseInventory>) =>
  (formatInventory(inventory).entries as { id: string }[]).map(({ id }) => id);

describe('an inventory', () => {
  test('is written as it was read, RBAC names with colons included', () => {
    const inventory = entries('apps_web_apps_Deployment', '_system__admin_rbac.authorization.k8s.io_ClusterRole');
    expect(formatInventory(parseInventory(inventory))).toEqual(inventory);
    expect(parseInventory(inventory)[1]?.name).toBe('system:admin');
  });
  test('is empty where there is none', () => {
    expect(parseInventory(undefined)).toEqual([]);
  });
  test('that cannot be read is an error, and not an empty one', () => {
    expect(() => parseInventory(entries('what is this'))).toThrow('is not of the form');
  });
  test('names an object once when two are put together, in the version of the first', () => {
    const first = parseInventory({ entries: [{ id: 'apps_web_apps_Deployment', v: 'v1' }] });
    const second = parseInventory({
      entries: [
        { id: 'apps_web_apps_Deployment', v: 'v1beta1' },
        { id: 'apps_web__Service', v: 'v1' },
      ],
    });
    expect(mergeInventories(first, second).map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'Deployment v1',
      'Service v1',
    ]);
  });
});

describe('what is stale', () => {
  test('goes in the reverse of the order of apply', () => {
    const before = parseInventory(
      entries('_apps__Namespace', 'apps_web_apps_Deployment', 'apps_b__ConfigMap', 'apps_a__ConfigMap'),
    );
    expect(idsOf(staleObjects(before, []))).toEqual([
      'apps_web_apps_Deployment',
      'apps_b__ConfigMap',
      'apps_a__ConfigMap',
      '_apps__Namespace',
    ]);
  });
  test('is what is no longer there, whatever its version', () => {
    const before = parseInventory(entries('apps_web_apps_Deployment', 'apps_old__ConfigMap'));
    const now = parseInventory({ entries: [{ id: 'apps_web_apps_Deployment', v: 'v2' }] });
    expect(idsOf(staleObjects(before, now))).toEqual(['apps_old__ConfigMap']);
  });
});
