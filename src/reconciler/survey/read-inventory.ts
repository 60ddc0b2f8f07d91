import type { Inventory } from '../../flux/index.ts';
import { getObject, isApiError, type KubeClient, type KubeObject, listObjects } from '../../kube/index.ts';
import { identityKey, identityOf, type ObjectIdentity } from '../../manifest/index.ts';
import { SlipwayError } from '../../errors.ts';
import { concurrently } from '../concurrently.ts';

/** What the cluster holds of an inventory, by `identityKey`: the object, that it is gone, or why it may not be read. */
export type LiveInventory = ReadonlyMap<string, KubeObject | 'gone' | 'unreadable'>;

export interface ReadOptions {
  /** Reads Secrets and ConfigMaps with what is in them. Default: not where many are read, since health does not depend on it. */
  readonly withData?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Whose content nobody need see: there is nothing in it that health depends on, and values may be secret. */
const METADATA_ONLY = new Set(['/Secret', '/ConfigMap']);
/** Of so many objects of a kind, each is asked for by itself; of more, all that Flux has applied come in one list. */
const FEW = 4;
const CONCURRENCY = 16;
/** All objects that a Kustomization applied have it (ssa: SetOwnerLabels). */
const APPLIED = 'kustomize.toolkit.fluxcd.io/name';

/** Reads what an inventory names, kind by kind. Nothing that may not be read, or is no longer served, fails the rest. */
export async function readInventory(
  client: KubeClient,
  inventory: Inventory,
  { withData = false, signal }: ReadOptions = {},
): Promise<LiveInventory> {
  const found = new Map<string, KubeObject | 'gone' | 'unreadable'>();
  const missing: ObjectIdentity[] = [];
  await concurrently([...byKind(inventory).values()], CONCURRENCY, async (identities) => {
    const [first] = identities;
    const isMany = first !== undefined && identities.length > FEW;
    const listed = isMany ? await listApplied(client, first, withData, signal) : new Map<string, KubeObject>();
    for (const identity of identities) {
      const object = listed.get(identityKey(identity));
      if (object === undefined) missing.push(identity);
      else found.set(identityKey(identity), object);
    }
  });
  await concurrently(missing, CONCURRENCY, async (identity) => {
    found.set(identityKey(identity), await readOne(client, identity, signal));
  });
  return found;
}

function byKind(inventory: Inventory): ReadonlyMap<string, ObjectIdentity[]> {
  const kinds = new Map<string, ObjectIdentity[]>();
  for (const identity of inventory) {
    const name = `${identity.group}/${identity.kind}`;
    kinds.set(name, [...(kinds.get(name) ?? []), identity]);
  }
  return kinds;
}

async function listApplied(
  client: KubeClient,
  { group, kind }: ObjectIdentity,
  withData: boolean,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, KubeObject>> {
  const metadataOnly = !withData && METADATA_ONLY.has(`${group}/${kind}`);
  try {
    const { objects } = await listObjects(client, { group, kind }, { labelSelector: APPLIED, metadataOnly, signal });
    return new Map(objects.map((object) => [identityKey(identityOf(object)), object]));
  } catch (error) {
    signal?.throwIfAborted();
    // Each is asked for then, which says of each what is wrong.
    if (error instanceof SlipwayError) return new Map();
    throw error;
  }
}

async function readOne(
  client: KubeClient,
  { group, kind, namespace, name }: ObjectIdentity,
  signal: AbortSignal | undefined,
): Promise<KubeObject | 'gone' | 'unreadable'> {
  try {
    return (await getObject(client, { group, kind, namespace, name }, { signal })) ?? 'gone';
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SlipwayError && error.code === 'kube/no-such-kind') return 'gone';
    if (isApiError(error, 'kube/forbidden')) return 'unreadable';
    throw error;
  }
}
