import { isObject, type JsonObject } from '../../manifest/index.ts';
import { metadataOf, withMetadata } from './edit.ts';
import { notCovered } from './not-covered.ts';
import type { Origin } from './origin.ts';
import { idOf, type ResourceId } from './resource-id.ts';
import { type BuildStep, continueTrail, type Trail } from './trace.ts';

/** What the text of an object had that its value does not show, and that kustomize's merging looks at. */
export interface Traits {
  /** Where values are left empty, other than as `null` or `~`: merging drops these. */
  readonly bareNulls: readonly (readonly (string | number)[])[];
  /** Such values that a JSON patch has rewritten: of some of them merging no longer knows what they were. */
  readonly rewrittenNulls: boolean;
  /** A number, or a null, that is not written as JSON would write it. */
  readonly oddNumber: boolean;
  /** A block of folded text. */
  readonly folded: boolean;
}

export const NO_TRAITS: Traits = { bareNulls: [], rewrittenNulls: false, oddNumber: false, folded: false };

interface Parts {
  readonly object: JsonObject;
  /** The ids that it had before its name, namespace or kind changed, the oldest first. */
  readonly previous: readonly ResourceId[];
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  /** A hash of its content is yet to be added to its name. */
  readonly needsHash: boolean;
  readonly origin: Origin | undefined;
  readonly traits: Traits;
  /**
   * Labels and annotations that a transformer has put in several places at once. In kustomize these are one node, so
   * that whatever changes one of them later changes all.
   */
  readonly shared: ReadonlySet<string>;
  /** Undefined where nobody asks what made it. */
  readonly trail: Trail | undefined;
}

/**
 * An object on its way through a build, with what kustomize keeps of it in annotations of its own (resource.Resource).
 * It never changes: each step makes another one.
 */
export class Resource {
  readonly #parts: Parts;
  #id: ResourceId | undefined;

  constructor(parts: Pick<Parts, 'object'> & Partial<Parts>) {
    this.#parts = {
      previous: [],
      prefixes: [],
      suffixes: [],
      needsHash: false,
      origin: undefined,
      traits: NO_TRAITS,
      shared: new Set(),
      trail: undefined,
      ...parts,
    };
  }

  with(parts: Partial<Parts>): Resource {
    return new Resource({ ...this.#parts, ...parts });
  }

  get object(): JsonObject {
    return this.#parts.object;
  }

  get previous(): readonly ResourceId[] {
    return this.#parts.previous;
  }

  get prefixes(): readonly string[] {
    return this.#parts.prefixes;
  }

  get suffixes(): readonly string[] {
    return this.#parts.suffixes;
  }

  get needsHash(): boolean {
    return this.#parts.needsHash;
  }

  get origin(): Origin | undefined {
    return this.#parts.origin;
  }

  get traits(): Traits {
    return this.#parts.traits;
  }

  get shared(): ReadonlySet<string> {
    return this.#parts.shared;
  }

  get trail(): Trail | undefined {
    return this.#parts.trail;
  }

  /** Notes the step of the build that has made it what it is, if it is traced. */
  noting(step: BuildStep): Resource {
    const { trail, object } = this.#parts;
    const next = trail === undefined ? undefined : continueTrail(trail, object, step);
    return next === trail ? this : this.with({ trail: next });
  }

  get id(): ResourceId {
    return (this.#id ??= idOf(this.object));
  }

  /** The group and version of former ids are the current ones: kustomize keeps only the kind. */
  get formerIds(): readonly ResourceId[] {
    const { group, version } = this.id;
    return this.previous.map((id) => ({ ...id, group, version }));
  }

  /** The id that it was read with. */
  get originalId(): ResourceId {
    return this.formerIds[0] ?? this.id;
  }

  /** Notes the present id as a former one (StorePreviousId, which sets commas between several, and cannot read its own). */
  remembering(): Resource {
    const { name, namespace, kind } = this.id;
    if ([name, namespace, kind].some((part) => part.includes(','))) notCovered('a name with a comma');
    return this.with({ previous: [...this.previous, this.id] });
  }

  renamed(name: string): Resource {
    return this.with({ object: withMetadata(this.object, 'name', name) });
  }

  /** metadata.labels as text, as selectors see them. */
  labels(): ReadonlyMap<string, string> {
    return textMap(this.object, 'labels', this.traits);
  }

  annotations(): ReadonlyMap<string, string> {
    return textMap(this.object, 'annotations', this.traits);
  }
}

/** What kustomize reads metadata.labels or .annotations as: each value as it is written (kyaml: getMapFromMeta). */
export function textMap(
  object: JsonObject,
  field: 'labels' | 'annotations',
  { bareNulls, oddNumber }: Traits,
): ReadonlyMap<string, string> {
  const map = metadataOf(object)[field];
  if (map === undefined || map === null) return new Map();
  if (!isObject(map)) return notCovered('labels or annotations that are no map');
  const isBare = (key: string): boolean =>
    bareNulls.some(([first, second, third]) => first === 'metadata' && second === field && third === key);
  return new Map(
    Object.entries(map).map(([key, value]) => {
      if (typeof value === 'string') return [key, value];
      if (value === null && isBare(key)) return [key, ''];
      const isShort =
        value === null || typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) < 1e6);
      if (!isShort || oddNumber) return notCovered('a label or annotation that is no text');
      return [key, String(value)];
    }),
  );
}
