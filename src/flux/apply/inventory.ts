import {
  identityKey,
  inventoryId,
  isList,
  isObject,
  type Json,
  type JsonObject,
  type ObjectIdentity,
  parseInventoryId,
} from '../../manifest/index.ts';
import { inApplyOrder } from './order.ts';

/** The objects that a Kustomization manages, each once, in the order in which they were applied. */
export type Inventory = readonly ObjectIdentity[];

/**
 * `status.inventory` of a Kustomization; empty where there is none.
 *
 * @throws SlipwayError `manifest/bad-inventory-id`: nothing may be pruned by an inventory that cannot be read.
 */
export function parseInventory(inventory: Json | undefined): Inventory {
  const entries = isObject(inventory) && isList(inventory.entries) ? inventory.entries : [];
  return entries.filter(isObject).map(({ id, v }) => ({
    ...parseInventoryId(typeof id === 'string' ? id : ''),
    version: typeof v === 'string' ? v : '',
  }));
}

/** As it stands in `status.inventory`. */
export function formatInventory(inventory: Inventory): JsonObject {
  return { entries: inventory.map((object) => ({ id: inventoryId(object), v: object.version })) };
}

/** Both, each object once, in the version of the first (KC: inventory.Merge). */
export function mergeInventories(first: Inventory, second: Inventory): Inventory {
  const known = new Set(first.map(identityKey));
  return [...first, ...second.filter((object) => !known.has(identityKey(object)))];
}

/**
 * What was managed and no longer is, in the order in which it is deleted: the reverse of that of apply (KC:
 * inventory.Diff; ssa: DeleteAll). Another version of an object is the same object.
 */
export function staleObjects(before: Inventory, now: Inventory): Inventory {
  const kept = new Set(now.map(identityKey));
  return inDeletionOrder(before.filter((object) => !kept.has(identityKey(object))));
}

/** The reverse of the order of apply: what others need goes last. */
export function inDeletionOrder(inventory: Inventory): Inventory {
  const byManifest = new Map(inventory.map((identity) => [bareObject(identity), identity] as const));
  return inApplyOrder([...byManifest.keys()])
    .map((manifest) => byManifest.get(manifest))
    .filter((identity) => identity !== undefined)
    .reverse();
}

function bareObject({ group, version, kind, namespace, name }: ObjectIdentity): JsonObject {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, metadata: { namespace, name } };
}
