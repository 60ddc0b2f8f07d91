import { isList, isObject, type Json, type JsonObject } from '../manifest/index.ts';

/** Where the schemas of one source come from, and how its words are to be read. */
export interface SchemaSource {
  /** The objects are decoded into Go types (built-in kinds); else they are custom resources. */
  readonly isGo: boolean;
  /** The schema that a `$ref` names. */
  readonly definition: (ref: string) => SchemaNode | undefined;
  /** Compiles the `pattern` of a schema, unanchored, as Go's regexp reads it; undefined where it is no expression. */
  readonly pattern: (expression: string) => ((text: string) => boolean) | undefined;
}

/** A CEL rule of `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message: string | undefined;
}

export type NodeType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

const TYPES: readonly NodeType[] = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

/**
 * One node of a schema, read from its JSON when it is first reached: an object uses few of the fields that its schema
 * has. What is not as a schema should be counts as not said.
 */
export class SchemaNode {
  readonly isGo: boolean;
  readonly type: NodeType | undefined;
  readonly format: string | undefined;
  readonly required: readonly string[];
  readonly enum: readonly Json[] | undefined;
  readonly default: Json | undefined;
  /** null is a value of its own here. */
  readonly isNullable: boolean;
  /** Fields that the schema does not name may be there (`x-kubernetes-preserve-unknown-fields`). */
  readonly isOpen: boolean;
  /** A Kubernetes object inside another (`x-kubernetes-embedded-resource`). */
  readonly isEmbedded: boolean;
  readonly isIntOrString: boolean;
  readonly listType: 'map' | 'set' | undefined;
  readonly listKeys: readonly string[];
  readonly rules: readonly Rule[];
  /** Whether there is a limit, pattern or format to hold a value to: most nodes have none. */
  readonly hasValueRules: boolean;
  /** Whether there is an `allOf`, `anyOf`, `oneOf` or `not`. */
  readonly hasAlternatives: boolean;
  readonly #raw: JsonObject;
  readonly #source: SchemaSource;
  readonly #fields: JsonObject;
  readonly #children = new Map<string, SchemaNode | undefined>();
  readonly #parts = new Map<string, SchemaNode | undefined>();
  #pattern: ((text: string) => boolean) | undefined;

  constructor(raw: JsonObject, source: SchemaSource) {
    this.#raw = raw;
    this.#source = source;
    this.#fields = isObject(raw.properties) ? raw.properties : {};
    this.isGo = source.isGo;
    this.type = TYPES.find((type) => type === raw.type);
    this.format = typeof raw.format === 'string' ? raw.format : undefined;
    this.required = strings(raw.required);
    this.enum = isList(raw.enum) ? raw.enum : undefined;
    this.default = raw.default;
    this.isNullable = raw.nullable === true;
    this.isOpen = raw['x-kubernetes-preserve-unknown-fields'] === true || raw.additionalProperties === true;
    this.isEmbedded = raw['x-kubernetes-embedded-resource'] === true;
    this.isIntOrString = raw['x-kubernetes-int-or-string'] === true;
    const listType = raw['x-kubernetes-list-type'];
    this.listType = listType === 'map' || listType === 'set' ? listType : undefined;
    this.listKeys = strings(raw['x-kubernetes-list-map-keys']);
    this.rules = isList(raw['x-kubernetes-validations'])
      ? raw['x-kubernetes-validations'].filter(isObject).flatMap(readRule)
      : [];
    this.hasValueRules =
      this.format !== undefined || this.enum !== undefined || VALUE_RULES.some((name) => raw[name] !== undefined);
    this.hasAlternatives = ALTERNATIVES.some((name) => raw[name] !== undefined);
  }

  /** The schema of a field that is named by the schema. */
  field(name: string): SchemaNode | undefined {
    const known = this.#children.get(name);
    if (known !== undefined || this.#children.has(name)) return known;
    if (!Object.hasOwn(this.#fields, name)) return undefined;
    const node = this.#node(this.#fields[name]);
    this.#children.set(name, node);
    return node;
  }

  get fieldNames(): readonly string[] {
    return Object.keys(this.#fields);
  }

  get items(): SchemaNode | undefined {
    return this.#part('items');
  }

  /** What each value of a map is. */
  get values(): SchemaNode | undefined {
    return this.#part('additionalProperties');
  }

  get not(): SchemaNode | undefined {
    return this.#part('not');
  }

  alternatives(name: 'allOf' | 'anyOf' | 'oneOf'): readonly SchemaNode[] {
    const list = this.#raw[name];
    if (!isList(list)) return [];
    return list.flatMap((raw, index) => {
      const key = `${name}/${index}`;
      if (!this.#parts.has(key)) this.#parts.set(key, this.#node(raw));
      return this.#parts.get(key) ?? [];
    });
  }

  /** A limit such as `maximum` or `minItems`. */
  limit(name: (typeof LIMITS)[number]): number | undefined {
    const value = this.#raw[name];
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  }

  isExclusive(name: 'minimum' | 'maximum'): boolean {
    return this.#raw[name === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'] === true;
  }

  get pattern(): string | undefined {
    return typeof this.#raw.pattern === 'string' ? this.#raw.pattern : undefined;
  }

  /** Whether a text fits the pattern; any does where the pattern is no expression. */
  fitsPattern(text: string): boolean {
    const { pattern } = this;
    if (pattern === undefined) return true;
    this.#pattern ??= this.#source.pattern(pattern) ?? (() => true);
    return this.#pattern(text);
  }

  #part(name: 'items' | 'additionalProperties' | 'not'): SchemaNode | undefined {
    if (!this.#parts.has(name)) this.#parts.set(name, this.#node(this.#raw[name]));
    return this.#parts.get(name);
  }

  #node(raw: Json | undefined): SchemaNode | undefined {
    if (!isObject(raw)) return undefined;
    return typeof raw.$ref === 'string' ? this.#source.definition(raw.$ref) : new SchemaNode(raw, this.#source);
  }
}

const LIMITS = [
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;
const VALUE_RULES = [...LIMITS, 'pattern'];
const ALTERNATIVES = ['allOf', 'anyOf', 'oneOf', 'not'];

function strings(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

function readRule({ rule, message }: JsonObject): readonly Rule[] {
  return typeof rule === 'string' ? [{ rule, message: typeof message === 'string' ? message : undefined }] : [];
}
