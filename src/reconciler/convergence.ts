import { objectHealth, parseInventory } from '../flux/index.ts';
import type { KubeObject } from '../kube/index.ts';
import { identityKey, identityOf, isObject, type ObjectIdentity } from '../manifest/index.ts';
import { FETCHED_KINDS } from './fetch-source.ts';
import { KUSTOMIZATION, parseKustomization } from './kustomization.ts';
import type { LiveObjects } from './live-objects.ts';
import type { Result } from './result.ts';
import { SOURCE } from './sources.ts';

/** How far a source or a Kustomization has come. */
export interface Standing {
  readonly identity: ObjectIdentity;
  /** `under way`: nothing is known yet of what it asks for now. */
  readonly state: 'ready' | 'under way' | 'waiting' | 'failed' | 'suspended';
  /** Of the last try; '' before it. */
  readonly revision: string;
  /** Why it is not ready; '' where that is not known. */
  readonly message: string;
  /** The objects whose health it waits for. */
  readonly unhealthy: readonly ObjectIdentity[];
}

/**
 * How far a reconciler has come with all that is asked of it now: what its tries have led to, beside what the cluster
 * asks for. What an earlier process wrote into a status counts for nothing.
 */
export class Convergence {
  readonly #results = new Map<string, Result>();
  readonly #namespace: string | undefined;

  /** @param namespace the only one that is carried out; undefined for all */
  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  record(result: Result): void {
    this.#results.set(result.key, result);
  }

  /** Of each source and each Kustomization, sources first. */
  standings(live: LiveObjects): readonly Standing[] {
    const sources = FETCHED_KINDS.flatMap((kind) => [...live.all({ ...SOURCE, kind })]);
    return [
      ...this.#ours(sources).map((object) => this.#standingOf(object, '')),
      ...this.#ours(live.all(KUSTOMIZATION)).map((object) => this.#kustomization(object, live)),
    ];
  }

  /** Whether nothing more is to be expected by itself: all is tried, and all that was made by it is too. */
  isSettled(standings: readonly Standing[], live: LiveObjects): boolean {
    if (standings.some(({ state }) => state === 'under way')) return false;
    return this.#ours(live.all(KUSTOMIZATION)).every((object) =>
      inventoryOf(object).every(
        (made) => !isFlux(made) || !this.#isOurs(made) || live.get(identityKey(made)) !== undefined,
      ),
    );
  }

  #kustomization(object: KubeObject, live: LiveObjects): Standing {
    const { source, wait, healthChecks } = parseKustomization(object);
    const sourceKey = identityKey({ ...SOURCE, ...source });
    const artifact = this.#results.get(sourceKey);
    // A kind of source that is not fetched here never comes to have one.
    const isAwaited = artifact === undefined && live.get(sourceKey) !== undefined;
    const standing = this.#standingOf(object, isAwaited ? undefined : (artifact?.revision ?? ''));
    if (standing.state !== 'under way') return standing;
    const checked = wait ? inventoryOf(object) : healthChecks;
    return { ...standing, unhealthy: checked.filter((one) => !isHealthy(live.get(identityKey(one)))) };
  }

  /** @param revision that it is to have; '' where any will do; undefined where that is not known yet */
  #standingOf(object: KubeObject, revision: string | undefined): Standing {
    const identity = identityOf(object);
    const result = this.#results.get(identityKey(identity));
    const standing = { identity, revision: result?.revision ?? '', message: result?.message ?? '', unhealthy: [] };
    if (isObject(object.spec) && object.spec.suspend === true) return { ...standing, state: 'suspended' };
    const isCurrent =
      result !== undefined &&
      result.generation === object.metadata.generation &&
      revision !== undefined &&
      (revision === '' || revision === result.revision);
    if (!isCurrent) return { ...standing, state: 'under way' };
    return { ...standing, state: result.kind === 'stalled' ? 'failed' : result.kind };
  }

  #ours(objects: Iterable<KubeObject>): readonly KubeObject[] {
    return [...objects].filter((object) => this.#isOurs(identityOf(object)));
  }

  #isOurs({ namespace }: ObjectIdentity): boolean {
    return this.#namespace === undefined || namespace === this.#namespace;
  }
}

/** Nothing where it cannot be read, which its own reconciliation says. */
function inventoryOf({ status }: KubeObject): readonly ObjectIdentity[] {
  try {
    return isObject(status) ? parseInventory(status.inventory) : [];
  } catch {
    return [];
  }
}

function isFlux({ group, kind }: ObjectIdentity): boolean {
  return group === KUSTOMIZATION.group
    ? kind === KUSTOMIZATION.kind
    : group === SOURCE.group && FETCHED_KINDS.includes(kind);
}

function isHealthy(object: KubeObject | undefined): boolean {
  return object !== undefined && objectHealth(object, Date.now()).status === 'Current';
}
