import { isList, isObject, type Json, type JsonObject, jsonPointer } from '../manifest/index.ts';
import { alternativeProblems, MAX_DEPTH, misfits } from './alternatives.ts';
import { definition } from './definitions.ts';
import type { KindSchema } from './kind-schema.ts';
import { duplicateItems } from './list-type.ts';
import { type Finding, formatPath, type ProblemCode, type SchemaProblem } from './problem.ts';
import { brokenRules } from './rules.ts';
import type { SchemaNode } from './schema-node.ts';
import { unknownFieldRemedy } from './unknown-field.ts';
import { textProblem, typeProblem, valueProblem, whatIs } from './value.ts';

export interface ValidateOptions {
  /**
   * Texts that hold `${` are still to be replaced (Flux's post-build substitution): any value may come of them.
   * Default: false.
   */
  readonly hasVariables?: boolean;
  /** Texts that stand for a value that is not known, of whatever type. Default: none. */
  readonly unknownText?: RegExp;
}

/**
 * Everything that the API server would refuse in an object by the schema of its kind: strict field validation, the
 * decoding into its types, the OpenAPI schema of custom kinds with their rules, and what server-side apply asks of
 * lists with keys. All at once, in the order of the object; it never throws.
 *
 * - null counts as absent in built-in kinds. In custom ones it must be allowed (`nullable`) or have a default in its
 *   place: the API server drops other nulls where an object is created, and refuses them where it is applied.
 * - In a SOPS file (a `sops` field beside `kind`) any value may stand behind ciphertext.
 * - Values of a Secret are in no message.
 *
 * Not looked at: the validation that the API server has as Go code, such as that a Service's selector and a Pod's
 * labels are well-formed (of metadata, `metadataProblems` has it); rules that compare with the object before
 * (`oldSelf`) or use a function of Kubernetes' own CEL libraries; and of the formats of custom kinds email, hostname,
 * uri, isbn, creditcard, ssn and colours.
 */
export function validateObject(
  object: JsonObject,
  schema: KindSchema,
  options: ValidateOptions = {},
): readonly SchemaProblem[] {
  const walk = new Walk(object, schema, options);
  walk.value(schema.root, object);
  return walk.problems;
}

const OBJECT_META = definition('meta.v1.ObjectMeta');
const OBJECT_FIELDS = ['apiVersion', 'kind', 'metadata'];
/** To look for the right place of a field takes time, which a hostile object could ask for without end. */
const MAX_SEARCHES = 50;

class Walk {
  readonly problems: SchemaProblem[] = [];
  readonly #schema: KindSchema;
  readonly #path: (string | number)[] = [];
  /** The schemas of the objects and lists that the path leads through. */
  readonly #nodes: SchemaNode[] = [];
  readonly #isSecret: boolean;
  readonly #isSops: boolean;
  readonly #hasVariables: boolean;
  readonly #unknownText: RegExp | undefined;
  #placeholders = 0;
  #searches = 0;
  #inDroppedStatus = false;

  constructor(object: JsonObject, schema: KindSchema, { hasVariables = false, unknownText }: ValidateOptions) {
    this.#schema = schema;
    this.#isSecret = schema.apiVersion === 'v1' && schema.kind === 'Secret';
    this.#isSops = isObject(object.sops) && 'mac' in object.sops;
    this.#hasVariables = hasVariables;
    this.#unknownText = unknownText;
  }

  value(node: SchemaNode, value: Json): void {
    if (this.#path.length > MAX_DEPTH) return;
    if (value === null) {
      if (!node.isGo && !node.isNullable && !this.#inDroppedStatus)
        this.#report('schema/wrong-type', typeProblem(node, value));
      return;
    }
    if (typeof value === 'string' && this.#isPlaceholder(value)) {
      this.#placeholders++;
      return;
    }
    const wrong = typeProblem(node, value);
    if (wrong !== undefined) {
      this.#report('schema/wrong-type', wrong);
      return;
    }
    const before = this.problems.length;
    const placeholdersBefore = this.#placeholders;
    if (node.hasValueRules && !this.#inDroppedStatus) {
      this.#report('schema/invalid-value', valueProblem(node, value, this.#isSecret));
    }
    if (isObject(value)) this.#object(node, value);
    else if (isList(value)) this.#list(node, value);
    if (this.#inDroppedStatus) return;
    if (node.hasAlternatives && placeholdersBefore === this.#placeholders) {
      for (const problem of alternativeProblems(node, value)) this.#report('schema/broken-rule', problem);
    }
    // The API server asks the rules only where all else is right.
    if (node.rules.length > 0 && before === this.problems.length && placeholdersBefore === this.#placeholders) {
      for (const problem of brokenRules(node, value)) this.#report('schema/broken-rule', problem);
    }
  }

  #object(node: SchemaNode, object: JsonObject): void {
    const isRoot = this.#path.length === 0;
    const isResource = !node.isGo && (isRoot || node.isEmbedded);
    this.#nodes.push(node);
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === undefined) continue;
      this.#path.push(key);
      if (isResource && OBJECT_FIELDS.includes(key)) this.#objectField(node, key, value);
      else if (isRoot && key === 'status' && this.#schema.dropsStatus) this.#droppedStatus(node, value);
      else if (!(isRoot && key === 'sops' && this.#isSops)) this.#field(node, key, value);
      this.#path.pop();
    }
    this.#nodes.pop();
    if (!this.#inDroppedStatus) this.#required(node, object, isResource);
  }

  #field(node: SchemaNode, key: string, value: Json): void {
    const field = node.field(key) ?? node.values;
    if (field !== undefined) {
      // A default takes the place of a null.
      if (value !== null || field.default === undefined) this.value(field, value);
    } else if (!node.isOpen) {
      this.#unknownField(key);
    }
  }

  /** What every Kubernetes object has: the schema of a custom kind need not say it. */
  #objectField(node: SchemaNode, key: string, value: Json): void {
    if (key === 'metadata') {
      if (OBJECT_META === undefined || value === null) return;
      const before = this.problems.length;
      this.value(OBJECT_META, value);
      const own = before === this.problems.length ? node.field(key) : undefined;
      for (const problem of own === undefined ? [] : misfits(own, value)) this.#report('schema/invalid-value', problem);
    } else if (typeof value !== 'string') {
      this.#report('schema/wrong-type', textProblem(value));
    }
  }

  #droppedStatus(node: SchemaNode, value: Json): void {
    this.#inDroppedStatus = true;
    this.#field(node, 'status', value);
    this.#inDroppedStatus = false;
  }

  #required(node: SchemaNode, object: JsonObject, isResource: boolean): void {
    const names = isResource ? new Set([...node.required, 'apiVersion', 'kind']) : node.required;
    for (const name of names) {
      const value = object[name];
      const field = node.field(name);
      // A null was judged as a value, except of Go types.
      if (value !== undefined && (value !== null || !node.isGo)) continue;
      // Defaults of Go types are their zero values, and count as missing.
      if (!node.isGo && field?.default !== undefined) continue;
      if (this.#path.length === 0 && name === 'status' && this.#schema.dropsStatus) continue;
      this.#path.push(name);
      this.#report('schema/missing-field', {
        says: 'is missing',
        remedy: `Add ${name}${field === undefined ? '' : `, ${whatIs(field)}`}.`,
      });
      this.#path.pop();
    }
  }

  #list(node: SchemaNode, list: readonly Json[]): void {
    const { items } = node;
    if (items !== undefined) {
      this.#nodes.push(node);
      for (let index = 0; index < list.length; index++) {
        this.#path.push(index);
        this.value(items, list[index] ?? null);
        this.#path.pop();
      }
      this.#nodes.pop();
    }
    if (node.listType === undefined || this.#inDroppedStatus) return;
    for (const problem of duplicateItems(node, list)) this.#report(problem.code, problem);
  }

  #unknownField(key: string): void {
    this.#searches++;
    this.problems.push({
      code: 'schema/unknown-field',
      pointer: jsonPointer(this.#path),
      message: `There is no field ${formatPath(this.#path)} in ${this.#schema.kind} of ${this.#schema.apiVersion}.`,
      remedy:
        this.#searches > MAX_SEARCHES ? 'Take it out.' : unknownFieldRemedy(key, this.#path.slice(0, -1), this.#nodes),
    });
  }

  #report(code: ProblemCode, problem: Finding | undefined): void {
    if (problem === undefined) return;
    const path = [...this.#path, ...(problem.below ?? [])];
    this.problems.push({
      code,
      pointer: jsonPointer(path),
      message: `${formatPath(path)} ${problem.says}.`,
      remedy: problem.remedy,
    });
  }

  #isPlaceholder(text: string): boolean {
    if (this.#isSops && text.startsWith('ENC[')) return true;
    if (this.#unknownText?.test(text) === true) return true;
    return this.#hasVariables && text.includes('${');
  }
}
