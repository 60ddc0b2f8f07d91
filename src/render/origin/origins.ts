import { type BuildPart, type FileTree, type PartKind, type TreePlace, whereWritten } from '../../flux/index.ts';
import {
  identityKey,
  identityOf,
  isList,
  isObject,
  type JsonObject,
  type ObjectIdentity,
} from '../../manifest/index.ts';
import { SlipwayError } from '../../errors.ts';
import { kustomizationObject } from './own-object.ts';
import { patchNode } from './patch-node.ts';
import type { BuildTrace } from './trace.ts';
import { type UsedVariable, variablesIn } from './variables.ts';
import { type FilePosition, nearest, positionOf, valueAt, YamlFiles, type YamlNode } from './yaml-node.ts';
import type { Traceable } from './traceable.ts';

/** What made an object, in the order in which it was done. */
export interface ObjectOrigin {
  /** `kustomize` tells files and no lines, and which transformers ran rather than what they changed. */
  readonly tracedBy: BuildTrace['by'];
  readonly parts: readonly OriginPart[];
  readonly variables: readonly OriginVariable[];
}

/** A variable that post-build substitution puts in. */
export interface OriginVariable {
  readonly name: string;
  /** `spec.postBuild.substitute`, `ConfigMap/ns/name`, `Secret/ns/name`, or that no source of the repository has it. */
  readonly from: string;
  readonly position: FilePosition | undefined;
}

export interface OriginPart {
  readonly kind: PartKind;
  /** Undefined where Flux or kustomize does it without a word in any file. */
  readonly position: FilePosition | undefined;
  /** The entries that lead to it: of kustomization files, and of the spec of the Kustomization. Its own comes first. */
  readonly through: readonly FilePosition[];
  /** Of a generator: the files that hold the values. */
  readonly sources: readonly FilePosition[];
  /** JSON pointers to what it set or took away, `''` for the object as a whole; undefined where that is not known. */
  readonly fields: readonly string[] | undefined;
}

interface Traced {
  readonly trace: BuildTrace;
  readonly files: YamlFiles;
  /** By `identityKey` of the objects as they are applied. */
  readonly objects: ReadonlyMap<string, BuildTrace['objects'][number]>;
}

/** Deeper than any chain of Kustomizations; one that patches itself has no end. */
const MAX_DEPTH = 20;

/** Where the objects of a walk come from. Nothing is worked out before it is asked for, and then once a Kustomization. */
export class Origins {
  readonly #rendered: ReadonlyMap<string, Traceable>;
  readonly #traced = new Map<string, Promise<Traced | undefined>>();
  readonly #files = new Map<FileTree, YamlFiles>();

  constructor(rendered: readonly Traceable[]) {
    this.#rendered = new Map(rendered.map((one) => [`${one.namespace}/${one.name}`, one]));
  }

  /**
   * What made an object.
   *
   * @param kustomization the one that applies it, `namespace/name`
   */
  async of(kustomization: string, identity: ObjectIdentity): Promise<ObjectOrigin | undefined> {
    const traced = await this.#trace(kustomization);
    const found = traced?.objects.get(identityKey(identity));
    const rendered = this.#rendered.get(kustomization);
    if (traced === undefined || found === undefined || rendered === undefined) return undefined;
    const parts: OriginPart[] = [];
    for (const part of found.parts) parts.push(await this.#part(kustomization, traced, part, found.object));
    const variables: OriginVariable[] = [];
    for (const used of variablesIn(found.object, kustomization, this.#rendered)) {
      variables.push(await this.#variable(used));
    }
    return { tracedBy: traced.trace.by, parts, variables };
  }

  /** Where a field of an object is written: by the last part that set it, or else the nearest field that is written. */
  async placeOf(kustomization: string, identity: ObjectIdentity, pointer: string): Promise<FilePosition | undefined> {
    const node = await this.#locate(kustomization, identity, pointer, 0);
    return node === undefined || 'position' in node ? node?.position : positionOf(node);
  }

  /**
   * Where the value of a variable is written that changes a field, whose own text is what it was.
   *
   * @param other the same repository at another time
   */
  async variableBehind(
    kustomization: string,
    identity: ObjectIdentity,
    pointer: string,
    other: Origins,
  ): Promise<(FilePosition & { readonly variable: string }) | undefined> {
    const [own, was] = [this.#built(kustomization, identity), other.#built(kustomization, identity)];
    const text = own === undefined ? undefined : valueAt(own, pointer);
    if (typeof text !== 'string' || was === undefined || text !== valueAt(was, pointer)) return undefined;
    const old = new Map(
      variablesIn(text, kustomization, other.#rendered).map((used) => [used.name, definedValue(used)]),
    );
    const changed = variablesIn(text, kustomization, this.#rendered).find(
      (used) => definedValue(used) !== old.get(used.name),
    );
    const position = changed === undefined ? undefined : (await this.#variable(changed)).position;
    return changed === undefined || position === undefined ? undefined : { ...position, variable: changed.name };
  }

  /** An object before variables are put in. */
  #built(kustomization: string, identity: ObjectIdentity): JsonObject | undefined {
    const rendered = this.#rendered.get(kustomization);
    const built = rendered?.built.map((object) => ({ object })) ?? [];
    return alignedObjects(built, rendered?.objects ?? []).get(identityKey(identity))?.object;
  }

  /** Where the object of a Kustomization itself, or a field of it, is written. */
  async placeOfKustomization(name: string, pointer = ''): Promise<FilePosition | undefined> {
    const own = kustomizationObject(this.#rendered, name);
    return own === undefined ? undefined : this.placeOf(own.kustomization, identityOf(own.object), pointer);
  }

  async #variable({ name, from, definedIn }: UsedVariable): Promise<OriginVariable> {
    if (definedIn === undefined) return { name, from, position: undefined };
    const { kustomization, object, pointer } = definedIn;
    return { name, from, position: await this.placeOf(kustomization, identityOf(object), pointer) };
  }

  async #part(kustomization: string, traced: Traced, part: BuildPart, object: JsonObject): Promise<OriginPart> {
    const { kind, place, through, sources = [], fields } = part;
    const node = await this.#node(kustomization, traced, place, object, 0);
    const content = node === undefined ? undefined : kind === 'patch' ? patchNode(node, object, '') : node;
    const entries: FilePosition[] = [];
    for (const entry of through) {
      const at = await this.#node(kustomization, traced, entry, object, 0);
      if (at !== undefined) entries.push(positionOf(at));
    }
    const files = sources.filter((source) => source.place.pointer === undefined).map((source) => source.place.file);
    return {
      kind,
      position: content === undefined ? this.#fileOf(traced, place) : positionOf(content),
      through: entries,
      sources: files.map(traced.files.shown),
      fields,
    };
  }

  #fileOf(traced: Traced, place: TreePlace): FilePosition | undefined {
    const isUnwritten = place.file === traced.trace.generated.file && traced.trace.generated.isNew;
    return isUnwritten ? undefined : traced.files.shown(place.file);
  }

  async #locate(
    kustomization: string,
    identity: ObjectIdentity,
    pointer: string,
    depth: number,
  ): Promise<YamlNode | { readonly position: FilePosition } | undefined> {
    const traced = await this.#trace(kustomization);
    const found = traced?.objects.get(identityKey(identity));
    if (traced === undefined || found === undefined || depth > MAX_DEPTH) return undefined;
    const part = lastPartOf(found.parts, pointer);
    if (part === undefined) return undefined;
    const source = part.sources?.find(({ key }) => key !== undefined && pointer === `/data/${key}`);
    if (source?.place.pointer === undefined && source !== undefined) {
      return { position: traced.files.shown(source.place.file) };
    }
    const node = await this.#node(kustomization, traced, source?.place ?? part.place, found.object, depth);
    if (node === undefined) {
      const position = this.#fileOf(traced, part.place);
      return position === undefined ? undefined : { position };
    }
    if (part.kind === 'patch') return patchNode(node, found.object, pointer);
    return part.kind === 'resource' ? nearest(node, pointer) : node;
  }

  /** What stands at a place: in a file of the artifact, or where the spec of the Kustomization is written. */
  async #node(
    kustomization: string,
    { trace, files }: Traced,
    place: TreePlace,
    object: JsonObject,
    depth: number,
  ): Promise<YamlNode | undefined> {
    const { file, pointer, document } = place;
    const rendered = this.#rendered.get(kustomization);
    if (pointer === undefined || rendered === undefined) return undefined;
    if (file !== trace.generated.file || document !== undefined) {
      const documents = files.documents(file);
      const own = document === undefined ? documentOf(documents, object) : documents[document];
      return own === undefined ? undefined : nearest(own, pointer);
    }
    const written = whereWritten(trace.generated, rendered.spec, pointer);
    if (written === undefined) return undefined;
    if (written.in === 'file') {
      const [first] = files.documents(file);
      return first === undefined ? undefined : nearest(first, written.pointer);
    }
    const own = kustomizationObject(this.#rendered, kustomization);
    if (own === undefined) return undefined;
    const node = await this.#locate(own.kustomization, identityOf(own.object), written.pointer, depth + 1);
    return node === undefined || 'position' in node ? undefined : node;
  }

  #trace(kustomization: string): Promise<Traced | undefined> {
    const known = this.#traced.get(kustomization);
    if (known !== undefined) return known;
    const traced = this.#traceAnew(kustomization);
    this.#traced.set(kustomization, traced);
    return traced;
  }

  async #traceAnew(kustomization: string): Promise<Traced | undefined> {
    const rendered = this.#rendered.get(kustomization);
    const trace = rendered?.status === 'built' ? await rendered.trace().catch(noTrace) : undefined;
    if (rendered === undefined || trace === undefined) return undefined;
    const files = this.#files.get(trace.tree) ?? new YamlFiles(trace.tree, trace.shown);
    this.#files.set(trace.tree, files);
    return { trace, files, objects: alignedObjects(trace.objects, rendered.objects) };
  }
}

function definedValue({ definedIn }: UsedVariable): unknown {
  return definedIn === undefined ? undefined : valueAt(definedIn.object, definedIn.pointer);
}

/** What the cache has may need a kustomize that is not here to be made again. */
function noTrace(error: unknown): undefined {
  if (!(error instanceof SlipwayError)) throw error;
}

/**
 * Each applied object with the one that kustomize made: as many, in the same order, but for lists, which are taken apart,
 * and what is no object of a cluster. Substitution may have changed any of their names.
 */
function alignedObjects<T extends { readonly object: JsonObject }>(
  objects: readonly T[],
  applied: readonly JsonObject[],
): ReadonlyMap<string, T> {
  const whole = objects.flatMap((one) => {
    const { kind, items, apiVersion } = one.object;
    if (typeof kind === 'string' && kind.endsWith('List') && isList(items)) return items.map(() => one);
    return kind === 'Kustomization' &&
      typeof apiVersion === 'string' &&
      apiVersion.startsWith('kustomize.config.k8s.io/')
      ? []
      : [one];
  });
  if (whole.length !== applied.length) {
    return new Map(objects.map((one) => [identityKey(identityOf(one.object)), one]));
  }
  return new Map(whole.map((one, at) => [identityKey(identityOf(applied[at] ?? {})), one]));
}

/** The part that wrote a field last; of the object as a whole the first, which made it. */
function lastPartOf(parts: readonly BuildPart[], pointer: string): BuildPart | undefined {
  if (pointer === '') return parts[0];
  const last = parts.findLast(({ fields = [] }) =>
    fields.some(
      (field) =>
        field === '' || field === pointer || pointer.startsWith(`${field}/`) || field.startsWith(`${pointer}/`),
    ),
  );
  return last ?? parts[0];
}

function documentOf(documents: readonly YamlNode[], object: JsonObject): YamlNode | undefined {
  const nameOf = (value: unknown): unknown =>
    isObject(value) && isObject(value.metadata) ? value.metadata.name : undefined;
  const ofKind = documents.filter(({ document: { value } }) => isObject(value) && value.kind === object.kind);
  return ofKind.find(({ document: { value } }) => nameOf(value) === nameOf(object)) ?? ofKind[0] ?? documents[0];
}
