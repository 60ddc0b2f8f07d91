import { emitDocument, isObject, metadataProblems, type JsonObject } from '../src/manifest/index.ts';
import {
  builtInSchema,
  constraintProblem,
  customSchemas,
  definesKinds,
  type KindSchema,
  type SchemaProblem,
  servingProblem,
  validateObject,
} from '../src/schema/index.ts';
import type { Definitions } from './definitions.ts';
import { type Judged, judgementOf } from './judged.ts';
import type { Checked, Find } from './object-checks.ts';
import { error, isSubstituted } from './rules/index.ts';

/** What is known of a kind without the tree. */
interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Why the API server does not serve it. */
  readonly problem: SchemaProblem | undefined;
  readonly schema: KindSchema | undefined;
}

/**
 * Holds every object to the schema of its kind: Kubernetes' own, Flux's, and those that CustomResourceDefinitions and
 * ConstraintTemplates of the tree, or definitions that are given, make. An object of any other kind is not judged, since nothing is known of it.
 */
export class SchemaCheck {
  readonly #minor: number;
  readonly #judged: Judged;
  readonly #find: Find;
  readonly #kinds = new Map<string, Kind>();
  readonly #ofTree: JsonObject[] = [];
  readonly #custom = new Map<string, KindSchema>();
  /** Their definitions may come later. */
  readonly #waiting: { readonly object: Checked; readonly kind: Kind }[] = [];

  /** @param minor of the cluster's Kubernetes, 1.`minor` */
  constructor(minor: number, judged: Judged, find: Find) {
    this.#minor = minor;
    this.#judged = judged;
    this.#find = find;
  }

  /** Takes the kinds that an object of the tree defines into account. */
  note({ manifest }: Checked): void {
    if (definesKinds(manifest)) this.#ofTree.push(manifest);
  }

  /**
   * Judges an object at once, or by {@link finish} where the tree may still define its kind. Returns whether it was found
   * to fit; where that is not known yet, it does not.
   */
  check(object: Checked): boolean {
    const { apiVersion, kind: name } = object.manifest;
    if (typeof apiVersion !== 'string' || typeof name !== 'string') return false;
    const kind = this.#kind(apiVersion, name);
    if (kind.schema === undefined) {
      this.#waiting.push({ object, kind });
      return false;
    }
    this.#report(object, kind.problem);
    return this.#judge(object, kind.schema) && kind.problem === undefined;
  }

  /** Judges what is left, once all definitions of the tree are known; they count before those from elsewhere. */
  finish(elsewhere: Definitions): void {
    const stamp = [elsewhere.stamp, ...this.#ofTree.map((definition) => emitDocument(definition))].join('\n');
    const definitions = this.#judged.digestOf(stamp);
    const digests = this.#waiting.map(({ object }) => judgementOf(object, this.#judged, definitions));
    const isKnown = digests.map((digest) => digest !== undefined && this.#judged.fits(digest));
    if (!isKnown.includes(false)) return;
    for (const definition of [...elsewhere.read(), ...this.#ofTree]) this.#learn(definition);
    for (const [index, { object, kind }] of this.#waiting.entries()) {
      if (isKnown[index] === true) continue;
      const schema = this.#custom.get(`${kind.apiVersion}/${kind.kind}`);
      const problem = kind.problem ?? constraintProblem(kind.apiVersion, kind.kind, this.#custom.values());
      if (schema === undefined) this.#report(object, problem);
      const isFitting = schema === undefined ? problem === undefined : this.#judge(object, schema);
      const digest = digests[index];
      if (digest !== undefined && isFitting) this.#judged.add(digest);
    }
  }

  #learn(definition: JsonObject): void {
    for (const schema of customSchemas(definition)) this.#custom.set(`${schema.apiVersion}/${schema.kind}`, schema);
  }

  #kind(apiVersion: string, kind: string): Kind {
    const key = `${apiVersion}/${kind}`;
    let known = this.#kinds.get(key);
    if (known === undefined) {
      const problem = servingProblem(apiVersion, kind, this.#minor);
      known = { apiVersion, kind, problem, schema: builtInSchema(apiVersion, kind) };
      this.#kinds.set(key, known);
    }
    return known;
  }

  /** Whether nothing is wrong with it. */
  #judge(object: Checked, schema: KindSchema): boolean {
    const isInPlace = this.#judgeScope(object, schema);
    const hasVariables = isSubstituted(object.manifest, object.kustomization);
    const problems = validateObject(object.manifest, schema, { hasVariables });
    if (problems.length === 0) return isInPlace;
    const reported = new Set(metadataProblems(object.manifest).map(({ pointer }) => pointer));
    for (const problem of problems) if (!reported.has(problem.pointer)) this.#report(object, problem);
    return false;
  }

  #judgeScope(object: Checked, { kind, scope, root }: KindSchema): boolean {
    const { manifest, kustomization } = object;
    const namespace = isObject(manifest.metadata) ? manifest.metadata.namespace : undefined;
    if (scope === 'Namespaced' && namespace === undefined && kustomization?.targetNamespace === undefined) {
      const remedy = 'Write `metadata.namespace`, or give the Application a `targetNamespace`.';
      this.#find(
        object,
        error('synth/namespace', 'It names no namespace, so Flux would put it into `default`.', remedy),
      );
      return false;
    }
    // Of Kubernetes' own kinds, metadataProblems says so.
    if (scope === 'Namespaced' || typeof namespace !== 'string' || root.isGo) return true;
    const message = `It is in the namespace ${namespace}, and a ${kind} has none.`;
    this.#find(object, error('synth/namespace', message, "Write `metadata: { namespace: '' }`, which is none."));
    return false;
  }

  #report(object: Checked, problem: SchemaProblem | undefined): void {
    if (problem === undefined) return;
    const { code, message, remedy, pointer } = problem;
    this.#find(object, error(code, message, remedy, pointer));
  }
}
