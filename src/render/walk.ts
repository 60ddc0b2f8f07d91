import { SlipwayError } from '../errors.ts';
import {
  type Decryption,
  type EncryptedPart,
  type FileTree,
  loadVariables,
  OverlaidTree,
  parseDecryption,
  parsePostBuild,
  resolvePath,
  type VariableSource,
} from '../flux/index.ts';
import { identityKey, identityOf, isObject, type JsonObject } from '../manifest/index.ts';
import type { Keyring } from '../sops/index.ts';
import { buildKustomization, type BuiltKustomization, type KustomizationInput } from './build-kustomization.ts';
import { checkNames } from './check-name.ts';
import { ComposedTree } from './composed-tree.ts';
import type { Engine, EngineName } from './engine.ts';
import type { MaskedValues } from './masked-values.ts';
import type { BuildTrace } from './origin/trace.ts';
import type { FilePosition } from './origin/yaml-node.ts';
import { Placeholders, type Variables } from './placeholders.ts';
import { salvaged } from './salvage.ts';
import { placeholder, secretVariables } from './secret-variables.ts';
import { generatedArtifact, type SourceReference, sourceKey, sourceReferenceOf, text } from './sources.ts';

export interface WalkOptions {
  /** The repository. */
  readonly tree: FileTree;
  /** The folder that the cluster is told to sync first, as a path of the tree. */
  readonly entry: string;
  readonly engine: Engine;
  /** Artifacts of other sources, by `sourceKey`. */
  readonly sources?: ReadonlyMap<string, FileTree>;
  /** Values of variables that the cluster has and the repository lacks. */
  readonly variables?: ReadonlyMap<string, string>;
  /**
   * Opens what is encrypted, and is asked for where anything may be. What it does not open stays closed. Default: nothing
   * is decrypted.
   */
  readonly keyring?: (() => Promise<Keyring>) | undefined;
  /** Builds a Kustomization, `namespace/name`. Default: buildKustomization. */
  readonly build?: (input: KustomizationInput, name: string) => Promise<BuiltKustomization>;
  /** Shows what was encrypted. Default: a mark stands in place of each value. */
  readonly reveal?: boolean;
  /** As of {@link Decryption}. */
  readonly onBrokenMac?: Decryption['onBrokenMac'];
  /** Is told of each value that a mark stands for. */
  readonly maskedValues?: MaskedValues;
}

/** What became of a Kustomization. */
export interface Rendered {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** As the parents' patches leave it. */
  readonly spec: JsonObject;
  /** The Kustomization that made it, as `namespace/name`; undefined for the entry. */
  readonly parent: string | undefined;
  readonly status: 'built' | 'failed' | 'skipped';
  readonly error?: SlipwayError;
  /** Why it was skipped. */
  readonly reason?: string;
  /** Of one that failed: those that could be made. */
  readonly objects: readonly JsonObject[];
  /** The objects before variables are replaced in them, as kustomize makes them. */
  readonly built: readonly JsonObject[];
  readonly engine?: EngineName;
  readonly isSuspended: boolean;
  /** What made each of its objects; undefined where none are built. Costs another build. */
  readonly trace: () => Promise<BuildTrace | undefined>;
  /** Whether it is built of this repository, and not of another source. */
  readonly isOwn: boolean;
  /** Variables that no source of the repository gives a value: they stand as they are named, `..PLACEHOLDER_NAME..`. */
  readonly unknownVariables: readonly string[];
  /** All that is encrypted of it, where its `spec.decryption` is for SOPS. */
  readonly encrypted: readonly EncryptedPart[];
  /** What was decrypted and revealed: no message may hold it. */
  readonly secretValues: readonly string[];
  readonly seconds: number;
}

/** What stands for the Kustomization that Flux is bootstrapped with, which no repository needs to hold. */
export const ENTRY = '<sync>';
const FLUX = 'flux-system';
interface Pending {
  readonly object: JsonObject;
  readonly namespace: string;
  readonly name: string;
  readonly spec: JsonObject;
  readonly parent: string | undefined;
}

/**
 * Every Kustomization that a cluster would come to from an entry folder, with its objects: the ones in the entry, the ones
 * that these make, patched by their parents, and so on. A failure is that Kustomization's alone.
 */
export function walk(options: WalkOptions): Promise<readonly Rendered[]> {
  return new Walk(options).run();
}

class Walk {
  readonly #options: WalkOptions;
  readonly #seen = new Set<string>();
  readonly #rendered: Rendered[] = [];
  readonly #objects = new Map<string, JsonObject>();
  /** `ExternalArtifact` by `namespace/name` to the generator that makes it. */
  readonly #generators = new Map<string, JsonObject>();
  #queue: Pending[] = [];
  /** Of which the source or a source of variables is not known yet. */
  #waiting: Pending[] = [];
  /** The source that the entry's own Kustomizations take: this repository. */
  #self: string | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(): Promise<readonly Rendered[]> {
    const { entry } = this.#options;
    const spec = { path: entry === '' ? './' : `./${entry}` };
    await this.#renderEntry({ object: { spec }, namespace: FLUX, name: ENTRY, spec, parent: undefined });
    while (this.#queue.length > 0 || this.#waiting.length > 0) {
      const next = this.#queue.shift();
      if (next !== undefined) await this.#render(next, false);
      else {
        // Nothing else will come: what they wait for is not in the repository.
        const [first, ...rest] = this.#waiting;
        this.#waiting = rest;
        if (first !== undefined) await this.#render(first, true);
      }
    }
    return this.#rendered;
  }

  /** A Kustomization of the entry that has the entry's own folder for its path is the entry itself. */
  async #renderEntry(pending: Pending): Promise<void> {
    const built = await this.#build(pending, this.#options.tree, undefined);
    const own = built.objects
      .map((object) => pendingOf(object, FLUX, undefined))
      .find((one) => {
        return one !== undefined && pathOf(one.spec) === this.#options.entry;
      });
    if (own === undefined) {
      this.#finish(built);
      return;
    }
    this.#remember(built.objects);
    this.#self = this.#sourceOf(own);
    await this.#render(own, true);
  }

  async #render(pending: Pending, isLast: boolean): Promise<void> {
    const key = `${pending.namespace}/${pending.name}`;
    if (!isLast && this.#seen.has(key)) return;
    this.#seen.add(key);
    const started = performance.now();
    try {
      checkNames(pending);
      const tree = this.#artifact(pending, isLast);
      if (tree === undefined && !isLast) {
        this.#waiting.push(pending);
        return;
      }
      if (tree === undefined) {
        this.#finish({ ...describe(pending, started), status: 'skipped', reason: missingSource(pending) });
        return;
      }
      const variables = this.#variables(pending, isLast);
      if (variables === 'later') {
        this.#waiting.push(pending);
        return;
      }
      this.#finish(await this.#build(pending, tree, variables));
    } catch (error) {
      this.#finish(failed(pending, error, started));
    }
  }

  async #build(pending: Pending, tree: FileTree, known: Variables | undefined): Promise<Rendered> {
    const started = performance.now();
    const variables = known === undefined ? undefined : new Placeholders(known);
    const { spec, namespace, name } = pending;
    const { engine: by, build = buildKustomization } = this.#options;
    const decryption = await this.#decryptionOf(spec);
    const how = { spec, variables, decryption, engine: by };
    const attempt = (from: FileTree): Promise<BuiltKustomization> =>
      build({ ...how, tree: from }, `${namespace}/${name}`);
    try {
      const { built, objects, engine, askedVariables, encrypted, decryptedFiles, secretValues } = await attempt(tree);
      const unknown = askedVariables.filter(([variable, value]) => value === placeholder(variable));
      // What was decrypted and not masked is given to no program that is asked for more than the objects.
      const shown = this.#options.reveal === true ? tree : new OverlaidTree(tree, decryptedFiles);
      const trace = async (): Promise<BuildTrace> => {
        const { traceKustomization } = await import('./origin/trace.ts');
        return traceKustomization(shown, spec, by, (file) => this.#shown(pending, tree, file));
      };
      return {
        ...describe(pending, started),
        status: 'built',
        built,
        objects,
        engine,
        encrypted,
        secretValues,
        trace,
        isOwn: tree === this.#options.tree,
        unknownVariables: unknown.map(([variable]) => variable).sort(),
      };
    } catch (error) {
      return { ...failed(pending, error, started), objects: await salvaged(tree, error, attempt) };
    }
  }

  /** What no key here opens stays as it is: the cluster has another. */
  async #decryptionOf(spec: JsonObject): Promise<Decryption | undefined> {
    const { keyring, reveal = false, onBrokenMac, maskedValues } = this.#options;
    if (keyring === undefined || parseDecryption(spec)?.provider !== 'sops') return undefined;
    return {
      keyring: await keyring(),
      masked: !reveal,
      mayStayClosed: true,
      onBrokenMac,
      onMask: maskedValues?.add,
    };
  }

  /** A file of an artifact as a path of the repository, or of the source that it is from. */
  #shown({ spec, namespace }: Pending, tree: FileTree, file: string): FilePosition {
    const [own, path] = tree instanceof ComposedTree ? (tree.locate(file) ?? [tree, file]) : [tree, file];
    if (own === this.#options.tree) return { file: path };
    const reference = sourceReferenceOf(spec, namespace);
    return { file: path, ...(reference !== undefined && { source: sourceKey(reference) }) };
  }

  #finish(rendered: Rendered): void {
    this.#rendered.push(rendered);
    this.#remember(rendered.objects);
    const parent = `${rendered.namespace}/${rendered.name}`;
    for (const object of rendered.objects) {
      const child = pendingOf(object, rendered.namespace, parent);
      if (child === undefined) continue;
      this.#self ??= this.#sourceOf(child);
      if (!this.#seen.has(`${child.namespace}/${child.name}`)) this.#queue.push(child);
    }
    // What they wait for may have come.
    this.#queue.push(...this.#waiting);
    for (const { namespace, name } of this.#waiting) this.#seen.delete(`${namespace}/${name}`);
    this.#waiting = [];
  }

  #remember(objects: readonly JsonObject[]): void {
    for (const object of objects) {
      const identity = identityOf(object);
      this.#objects.set(identityKey(identity), object);
      if (identity.kind !== 'ArtifactGenerator' || !isObject(object.spec)) continue;
      for (const artifact of Array.isArray(object.spec.artifacts) ? object.spec.artifacts : []) {
        if (isObject(artifact)) this.#generators.set(`${identity.namespace}/${text(artifact.name)}`, object);
      }
    }
  }

  #sourceOf({ spec, namespace }: Pending): string | undefined {
    const reference = sourceReferenceOf(spec, namespace);
    return reference === undefined || reference.kind === 'ExternalArtifact' ? undefined : sourceKey(reference);
  }

  /** The artifact of its source; undefined where it is not here, or not yet. */
  #artifact({ spec, namespace }: Pending, isLast: boolean): FileTree | undefined {
    const reference = sourceReferenceOf(spec, namespace);
    return reference === undefined ? undefined : this.#find(reference, isLast);
  }

  #find(reference: SourceReference, isLast: boolean): FileTree | undefined {
    const key = sourceKey(reference);
    const given = this.#options.sources?.get(key);
    if (given !== undefined) return given;
    if (key === this.#self) return this.#options.tree;
    if (reference.kind === 'ExternalArtifact') {
      const generator = this.#generators.get(`${reference.namespace}/${reference.name}`);
      if (generator === undefined) return undefined;
      return generatedArtifact(generator, reference.name, reference.namespace, (source) => this.#find(source, true));
    }
    // What no object of the repository declares was made by the bootstrap, and is the repository.
    return isLast && !this.#isDeclared(reference) ? this.#options.tree : undefined;
  }

  #isDeclared({ kind, namespace, name }: SourceReference): boolean {
    return this.#objects.has(identityKey({ group: 'source.toolkit.fluxcd.io', kind, namespace, name }));
  }

  /** Undefined where nothing is substituted, `later` where a source of variables may still come. */
  #variables({ object, namespace }: Pending, isLast: boolean): Variables | 'later' | undefined {
    const postBuild = parsePostBuild(object);
    if (postBuild === undefined) return undefined;
    const missing: VariableSource[] = [];
    const values = loadVariables(postBuild, (source) => {
      const found = this.#objects.get(identityKey({ group: '', kind: source.kind, namespace, name: source.name }));
      if (found === undefined && !source.optional) missing.push(source);
      if (found === undefined) return new Map();
      return source.kind === 'Secret' ? secretVariables(found, this.#options.reveal ?? false) : dataOf(found);
    });
    if (missing.length > 0 && !isLast) return 'later';
    const own = this.#options.variables ?? new Map<string, string>();
    return { values: new Map([...own, ...values]), isWhole: missing.length === 0 };
  }
}

function describe({ namespace, name, spec, parent }: Pending, started: number): Omit<Rendered, 'status'> {
  return {
    namespace,
    name,
    path: typeof spec.path === 'string' ? spec.path : './',
    spec,
    parent,
    objects: [],
    built: [],
    isSuspended: spec.suspend === true,
    trace: () => Promise.resolve(undefined),
    isOwn: true,
    unknownVariables: [],
    encrypted: [],
    secretValues: [],
    seconds: (performance.now() - started) / 1000,
  };
}

function missingSource({ spec, namespace }: Pending): string {
  const reference = sourceReferenceOf(spec, namespace);
  if (reference === undefined) return 'it has no sourceRef';
  const key = sourceKey(reference);
  return `its source ${key} is not here; --source ${key}=DIR says where it is`;
}

function failed(pending: Pending, error: unknown, started: number): Rendered {
  if (!(error instanceof SlipwayError)) throw error;
  return { ...describe(pending, started), status: 'failed', error };
}

function pendingOf(object: JsonObject, namespace: string, parent: string | undefined): Pending | undefined {
  const { group, kind, namespace: own, name } = identityOf(object);
  if (group !== 'kustomize.toolkit.fluxcd.io' || kind !== 'Kustomization') return undefined;
  const spec = isObject(object.spec) ? object.spec : {};
  return { object, namespace: own === '' ? namespace : own, name, spec, parent };
}

function pathOf(spec: JsonObject): string | undefined {
  return resolvePath('', typeof spec.path === 'string' ? spec.path.replace(/^\/+/, '') : '');
}

function dataOf(object: JsonObject): ReadonlyMap<string, string> {
  const { data } = object;
  const entries = isObject(data) ? Object.entries(data) : [];
  return new Map(entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}
