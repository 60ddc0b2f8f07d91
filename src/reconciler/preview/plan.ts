import {
  type DriftIgnore,
  type FileTree,
  isLeftAlone,
  isPrunable,
  keptBy,
  parseDriftIgnore,
  parseInventory,
} from '../../flux/index.ts';
import { getObject, type KubeClient, type KubeObject } from '../../kube/index.ts';
import { identityKey, identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
import type { Engine } from '../../render/index.ts';
import { type BuildContext, buildObjects } from '../build.ts';
import { dataOfSecret } from '../decryption.ts';
import { Failure, sentenceOf } from '../failure.ts';
import { type Kustomization, KUSTOMIZATION, parseKustomization, uncoveredFields } from '../kustomization.ts';
import { LastBuild } from '../last-build.ts';
import type { Policy } from '../policy.ts';
import { keyOf } from '../sources.ts';

export interface PlanOptions {
  readonly client: KubeClient;
  readonly engine: Engine;
  readonly policy: Policy;
  /** What sources hold once they are synced, by `Kind/namespace/name`. */
  readonly trees: ReadonlyMap<string, FileTree>;
}

/** What a sync would do with a Kustomization. */
export interface Planned {
  /** As it is from then on. */
  readonly kustomization: Kustomization;
  /** As they would be applied; empty where it could not be built. */
  readonly objects: readonly JsonObject[];
  /** `spec.ignore`. */
  readonly ignore: DriftIgnore;
  /** Why it could not be built. */
  readonly failure: Failure | undefined;
}

export interface Plan {
  /** By `namespace/name`, each after the one that makes it. */
  readonly planned: ReadonlyMap<string, Planned>;
  /** Kustomizations that would be deleted. */
  readonly removed: readonly Kustomization[];
  /** What was decrypted, and variables of Secrets: never to be shown. */
  readonly secretValues: ReadonlySet<string>;
  /** Kustomizations that would stay as they are, and why, as the rest of a sentence. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** How often one is built again, since what it reads, or what it says of itself, came by the same sync. */
const MAX_BUILDS = 3;

/**
 * What a sync would build, from the Kustomizations of the cluster downward: each with the spec that its parent will have
 * given it, and with the ConfigMaps and Secrets that the same sync will have brought. Writes nothing.
 *
 * @param live all Kustomizations of the cluster
 */
export async function planSync(live: readonly KubeObject[], options: PlanOptions): Promise<Plan> {
  const planning = new Planning(live, options);
  await planning.run();
  return planning;
}

class Planning implements Plan {
  readonly planned = new Map<string, Planned>();
  readonly leftOut = new Map<string, string>();
  readonly secretValues = new Set<string>();
  readonly #removed = new Map<string, Kustomization>();
  readonly #options: PlanOptions;
  readonly #live: ReadonlyMap<string, KubeObject>;
  /** The one that applied a Kustomization, by `namespace/name` of both. */
  readonly #parents: ReadonlyMap<string, string>;
  readonly #queue: KubeObject[] = [];
  readonly #builds = new Map<string, number>();
  /** What was built, by `identityKey`, since others may read it. */
  readonly #rendered = new Map<string, JsonObject>();
  /** What each one read, and found. */
  readonly #reads = new Map<string, Map<string, JsonObject | undefined>>();

  constructor(live: readonly KubeObject[], options: PlanOptions) {
    this.#options = options;
    this.#live = new Map(live.map((object) => [nameOf(object), object]));
    this.#parents = parentsOf(live);
  }

  get removed(): readonly Kustomization[] {
    return [...this.#removed.values()];
  }

  async run(): Promise<void> {
    this.#queue.push(...[...this.#live].filter(([name]) => !this.#parents.has(name)).map(([, object]) => object));
    do {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#plan(next);
      this.#queue.push(...this.#outdated());
      if (this.#queue.length === 0) this.#decideOnOrphans();
    } while (this.#queue.length > 0);
  }

  async #plan(object: KubeObject): Promise<void> {
    const name = nameOf(object);
    const kustomization = parseKustomization(object);
    const reason = this.#reasonToLeaveOut(kustomization);
    if (reason !== undefined) {
      this.leftOut.set(name, reason);
      return;
    }
    const planned = await this.#build(kustomization, name);
    this.planned.set(name, planned);
    for (const made of planned.objects) this.#rendered.set(identityKey(identityOf(made)), made);
    for (const made of planned.objects) {
      const child = isKustomization(made) ? this.#asSynced(made) : undefined;
      if (child !== undefined && this.#isNews(child)) this.#queue.push(child);
    }
  }

  /** Suspended ones, and those that are of other sources, keep what they have. */
  #reasonToLeaveOut({ source, suspend, spec }: Kustomization): string | undefined {
    if (suspend) return 'it is suspended';
    if (isObject(spec.kubeConfig)) return 'it applies to another cluster';
    return this.#options.trees.has(keyOf(source)) ? undefined : `its source is ${keyOf(source)}`;
  }

  async #build(kustomization: Kustomization, name: string): Promise<Planned> {
    const { client, engine, policy, trees } = this.#options;
    const tree = trees.get(keyOf(kustomization.source));
    const uncovered = uncoveredFields(kustomization);
    this.#builds.set(name, (this.#builds.get(name) ?? 0) + 1);
    try {
      if (tree === undefined) throw new Failure('ArtifactFailed', 'Source artifact not found');
      if (uncovered.length > 0) {
        throw new Failure('FeatureGateDisabled', `${uncovered.join(', ')} is not carried out by Slipway`);
      }
      const context = { client, engine, policy, read: this.#reader(name) };
      const built = await buildObjects(kustomization, { tree }, context, new LastBuild(), () => undefined);
      for (const value of built.secretValues) this.secretValues.add(value);
      return { kustomization, objects: built.objects, ignore: ignoreOf(kustomization), failure: undefined };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { kustomization, objects: [], ignore: () => [], failure: error };
    }
  }

  #reader(name: string): Required<BuildContext>['read'] {
    const reads = new Map<string, JsonObject | undefined>();
    this.#reads.set(name, reads);
    return async (reference) => {
      const key = identityKey(reference);
      const live = await getObject(this.#options.client, reference);
      // What it was until now is no less secret.
      if (reference.kind === 'Secret' && live !== undefined) {
        for (const value of dataOfSecret(live).values()) this.secretValues.add(value);
      }
      const found = this.#rendered.get(key) ?? live;
      reads.set(key, found);
      return found;
    };
  }

  /** Those that read what was rendered only afterwards. */
  #outdated(): readonly KubeObject[] {
    return [...this.#reads].flatMap(([name, reads]) => {
      const planned = this.planned.get(name);
      const isOutdated = [...reads].some(([key, found]) => {
        const rendered = this.#rendered.get(key);
        return rendered !== undefined && JSON.stringify(rendered.data) !== JSON.stringify(found?.data);
      });
      if (!isOutdated || planned === undefined || (this.#builds.get(name) ?? 0) >= MAX_BUILDS) return [];
      return [objectOf(planned.kustomization)];
    });
  }

  /** A Kustomization as the cluster will have it. */
  #asSynced(made: JsonObject): KubeObject | undefined {
    const live = this.#live.get(nameOf(made));
    if (isLeftAlone(made, live)) return live;
    const { namespace, name } = identityOf(made);
    const metadata = {
      ...(isObject(made.metadata) ? made.metadata : {}),
      namespace,
      name,
      uid: live?.metadata.uid ?? '',
    };
    return {
      ...made,
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata,
      status: live?.status,
    };
  }

  /** Whether it is not planned yet, or with another spec: one may be made by itself. */
  #isNews(child: KubeObject): boolean {
    const name = nameOf(child);
    const known = this.planned.get(name);
    if (known === undefined) return !this.leftOut.has(name);
    const isSame = JSON.stringify(known.kustomization.spec) === JSON.stringify(child.spec);
    return !isSame && (this.#builds.get(name) ?? 0) < MAX_BUILDS;
  }

  /** What no one makes any more is deleted, unless its parent does not prune it; then it goes on as it is. */
  #decideOnOrphans(): void {
    for (let hasDecided = true; hasDecided;) {
      hasDecided = false;
      for (const [name, object] of this.#live) {
        if (this.#isDecided(name)) continue;
        const stays = this.#staysWithout(object, this.#parents.get(name) ?? '');
        if (stays === undefined) continue;
        hasDecided = true;
        if (stays) this.#queue.push(object);
        else this.#removed.set(name, parseKustomization(object));
        if (stays) return;
      }
    }
  }

  #isDecided(name: string): boolean {
    return this.planned.has(name) || this.leftOut.has(name) || this.#removed.has(name);
  }

  /** Undefined where it is not known yet what becomes of the parent. */
  #staysWithout(object: KubeObject, parent: string): boolean | undefined {
    const planned = this.planned.get(parent);
    const live = this.#live.get(parent);
    if (this.leftOut.has(parent) || planned?.failure !== undefined) return true;
    if (planned === undefined && !this.#removed.has(parent)) return undefined;
    const before = isObject(live?.spec) ? live.spec : {};
    const owner = this.#removed.get(parent) ?? planned?.kustomization;
    const isForeign = owner !== undefined && !isPrunable(object, owner);
    return isForeign || keptBy(object, planned?.kustomization.spec, before) !== undefined;
  }
}

/** @throws Failure where it is none, as the sync does */
function ignoreOf({ spec }: Kustomization): DriftIgnore {
  try {
    return parseDriftIgnore(spec.ignore);
  } catch (error) {
    throw new Failure('ReconciliationFailed', sentenceOf(error), { cause: error });
  }
}

/** By their inventories; one that is in its own has no parent by that. */
function parentsOf(live: readonly KubeObject[]): ReadonlyMap<string, string> {
  const names = new Set(live.map(nameOf));
  return new Map(
    live.flatMap((parent) => {
      const inventory = isObject(parent.status) ? parseInventory(parent.status.inventory) : [];
      return inventory
        .filter(({ group, kind }) => group === KUSTOMIZATION.group && kind === KUSTOMIZATION.kind)
        .map(({ namespace, name }) => `${namespace}/${name}`)
        .filter((child) => child !== nameOf(parent) && names.has(child))
        .map((child) => [child, nameOf(parent)] as const);
    }),
  );
}

function isKustomization(object: JsonObject): boolean {
  const { group, kind } = identityOf(object);
  return group === KUSTOMIZATION.group && kind === KUSTOMIZATION.kind;
}

function objectOf({ namespace, name, uid, spec, status }: Kustomization): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { namespace, name, uid },
    spec,
    status,
  };
}

function nameOf(object: JsonObject): string {
  const { namespace, name } = identityOf(object);
  return `${namespace}/${name}`;
}
