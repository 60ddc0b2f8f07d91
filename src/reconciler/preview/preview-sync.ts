import { SlipwayError } from '../../errors.ts';
import {
  type Applied,
  type ClusterDiff,
  type Danger,
  diffSnapshots,
  fluxOwnerOf,
  parseInventory,
} from '../../flux/index.ts';
import {
  getObject,
  impersonating,
  isApiError,
  type KubeClient,
  type KubeObject,
  serviceAccount,
} from '../../kube/index.ts';
import {
  formatIdentity,
  identityKey,
  identityOf,
  isObject,
  type JsonObject,
  type ObjectIdentity,
} from '../../manifest/index.ts';
import { identityInCluster } from '../apply-objects.ts';
import { concurrently } from '../concurrently.ts';
import { hideValues } from '../hide-values.ts';
import type { Kustomization } from '../kustomization.ts';
import type { Policy } from '../policy.ts';
import { readInventory } from '../survey/read-inventory.ts';
import { comparable } from './comparable.ts';
import { type Plan, type Planned, planSync, type PlanOptions } from './plan.ts';
import { previewObject } from './preview-object.ts';
import { withoutValues } from './without-values.ts';
import { whatComes, type Coming } from './what-comes.ts';

export interface SyncPreview {
  readonly diff: ClusterDiff;
  readonly plan: Plan;
}

/** Dry runs at a time. */
const CONCURRENCY = 16;

/**
 * What a sync would change in the cluster now, found out by dry runs. Writes nothing.
 *
 * @param live all Kustomizations of the cluster
 * @throws SlipwayError `kube/…` where the cluster does not answer
 */
export async function previewSync(live: readonly KubeObject[], options: PlanOptions): Promise<SyncPreview> {
  const plan = await planSync(live, options);
  const preview = new Preview(options, plan, new Map(live.map((object) => [nameOf(identityOf(object)), object])));
  return { diff: await preview.run(), plan };
}

class Preview {
  readonly #client: KubeClient;
  readonly #policy: Policy;
  readonly #plan: Plan;
  readonly #kustomizations: ReadonlyMap<string, KubeObject>;
  readonly #coming: Coming;
  readonly #dangers: Danger[] = [];
  /** What the cluster holds, by `identityKey`. */
  readonly #live = new Map<string, KubeObject>();

  constructor({ client, policy }: PlanOptions, plan: Plan, kustomizations: ReadonlyMap<string, KubeObject>) {
    this.#client = client;
    this.#policy = policy;
    this.#plan = plan;
    this.#kustomizations = kustomizations;
    this.#coming = whatComes([...plan.planned.values()].flatMap(({ objects }) => objects));
  }

  async run(): Promise<ClusterDiff> {
    const planned = [...this.#plan.planned.values()];
    const known = [...planned.map(({ kustomization }) => kustomization), ...this.#plan.removed];
    const inventories = new Map(known.map((one) => [nameOf(one), parseInventory(one.status.inventory)]));
    const wanted = new Map<JsonObject, ObjectIdentity>();
    const all = planned.flatMap(({ objects }) => objects);
    await concurrently(all, CONCURRENCY, async (object) => {
      wanted.set(object, await this.#identityOf(object));
    });
    await this.#read([...[...inventories.values()].flat(), ...wanted.values()]);

    const after: Applied[] = [];
    for (const one of this.#withoutRivals(planned)) after.push(await this.#after(one, wanted));
    const managed = new Set([...inventories.values()].flat().map(identityKey));
    const before = known.flatMap((one): readonly Applied[] => {
      const own = after.find(({ kustomization }) => kustomization === nameOf(one));
      return this.#before(one, inventories.get(nameOf(one)) ?? [], own, managed);
    });
    const { changes, dangers, ...diff } = diffSnapshots(before, after);
    return {
      ...diff,
      changes: changes.map((change) => withoutValues(change, this.#plan.secretValues)),
      dangers: [...this.#dangers, ...dangers],
    };
  }

  /** Where two have one object, it goes back and forth between them; it is shown for the one that has it now. */
  #withoutRivals(planned: readonly Planned[]): readonly Planned[] {
    const claims = new Map<string, Kustomization[]>();
    for (const { objects, kustomization } of planned) {
      for (const object of objects) {
        const key = identityKey(identityOf(object));
        claims.set(key, [...(claims.get(key) ?? []), kustomization]);
      }
    }
    return planned.map((one) => {
      const isOurs = (object: JsonObject): boolean => {
        const key = identityKey(identityOf(object));
        const live = this.#live.get(key);
        const owner = live === undefined ? undefined : claims.get(key)?.find((claim) => isOwnedBy(live, claim));
        return owner === undefined || owner === one.kustomization;
      };
      return { ...one, objects: one.objects.filter(isOurs) };
    });
  }

  async #identityOf(object: JsonObject): Promise<ObjectIdentity> {
    try {
      return await identityInCluster(object, this.#client);
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'kube/no-such-kind') return identityOf(object);
      throw error;
    }
  }

  async #read(identities: readonly ObjectIdentity[]): Promise<void> {
    const unique = new Map(identities.map((identity) => [identityKey(identity), identity]));
    const found = await readInventory(this.#client, [...unique.values()], { withData: true });
    for (const [key, object] of found) if (object !== 'gone' && object !== 'unreadable') this.#live.set(key, object);
  }

  /**
   * What a Kustomization has now, with what is in the cluster and in no inventory, and which it is about to take over.
   *
   * @param own what it will have; undefined where it goes
   * @param managed all that is in an inventory
   */
  #before(
    kustomization: Kustomization,
    inventory: readonly ObjectIdentity[],
    own: Applied | undefined,
    managed: ReadonlySet<string>,
  ): readonly Applied[] {
    const wanted = (own?.objects ?? []).map(identityOf);
    const wantedKeys = new Set(wanted.map(identityKey));
    const adopted = wanted.filter((identity) => !managed.has(identityKey(identity)));
    const objects = [...inventory, ...adopted].flatMap((identity): readonly JsonObject[] => {
      const live = this.#live.get(identityKey(identity));
      if (live === undefined) return [];
      // What belongs to another one by now, this one does not touch.
      const isTouched = wantedKeys.has(identityKey(identity)) || isOwnedBy(live, kustomization);
      return isTouched ? [comparable(live)] : [];
    });
    const name = nameOf(kustomization);
    const object = this.#kustomizations.get(name);
    if (object === undefined && objects.length === 0) return [];
    const spec = isObject(object?.spec) ? object.spec : kustomization.spec;
    return [{ kustomization: name, spec, objects, isWhole: true }];
  }

  async #after(planned: Planned, wanted: ReadonlyMap<JsonObject, ObjectIdentity>): Promise<Applied> {
    const { kustomization, objects, failure } = planned;
    const previewed = new Map<JsonObject, JsonObject | undefined>();
    await concurrently(objects, CONCURRENCY, async (object) => {
      previewed.set(object, await this.#preview(object, wanted.get(object) ?? identityOf(object), planned));
    });
    return {
      kustomization: nameOf(kustomization),
      spec: kustomization.spec,
      objects: objects.map((object) => previewed.get(object)).filter((object) => object !== undefined),
      isWhole: failure === undefined,
    };
  }

  /** undefined where there is nothing, and will be nothing */
  async #preview(
    desired: JsonObject,
    identity: ObjectIdentity,
    { kustomization, ignore }: Planned,
  ): Promise<JsonObject | undefined> {
    const { serviceAccountName, namespace, force } = kustomization;
    const client =
      serviceAccountName === ''
        ? this.#client
        : impersonating(this.#client, serviceAccount(namespace, serviceAccountName));
    const live = await this.#inVersion(identity);
    try {
      const { after, isRecreated } = await previewObject(desired, live, {
        client,
        force,
        ignore,
        policy: this.#policy,
      });
      if (isRecreated)
        this.#warn('recreated', identity, 'It is deleted and made anew, since a field of it cannot be changed.');
      return after === undefined ? undefined : comparable(after);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      if (isYetToCome(error, identity, this.#coming)) return comparable(desired);
      if (error.exitStatus === 3 && !isApiError(error, 'kube/forbidden')) throw error;
      const said = isApiError(error) && error.serverMessage !== '' ? error.serverMessage : error.message;
      this.#warn('refused', identity, `The API server refuses it: ${said}`);
      return live === undefined ? undefined : comparable(live);
    }
  }

  /** As the version has it in which it is applied: lists come in the one that the server prefers. */
  async #inVersion(identity: ObjectIdentity): Promise<KubeObject | undefined> {
    const live = this.#live.get(identityKey(identity));
    if (live === undefined || identityOf(live).version === identity.version) return live;
    try {
      const inVersion = await getObject(this.#client, identity);
      if (inVersion !== undefined) this.#live.set(identityKey(identity), inVersion);
      return inVersion;
    } catch (error) {
      // A version that is no longer served, or not yet: the dry run says so.
      if (error instanceof SlipwayError && error.code === 'kube/no-such-kind') return live;
      throw error;
    }
  }

  #warn(kind: 'recreated' | 'refused', identity: ObjectIdentity, sentence: string): void {
    const shown = hideValues(sentence, this.#plan.secretValues);
    this.#dangers.push({ kind, object: formatIdentity(identity), sentence: shown });
  }
}

/** It needs a kind or a namespace that the same sync brings. */
function isYetToCome(error: SlipwayError, { group, kind, namespace }: ObjectIdentity, coming: Coming): boolean {
  if (error.code === 'kube/no-such-kind') return coming.kinds.has(`${group}/${kind}`);
  return isApiError(error, 'kube/not-found') && coming.namespaces.has(namespace);
}

function isOwnedBy(live: KubeObject, { namespace, name }: Kustomization): boolean {
  const owner = fluxOwnerOf(live);
  return owner?.kind === 'Kustomization' && owner.namespace === namespace && owner.name === name;
}

function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
