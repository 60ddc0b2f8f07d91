/** Reads a CustomResourceDefinition: what its spec may hold, as the types need it; and takes the texts out of one. */
import { parse } from 'yaml';
import { SlipwayError } from '../../src/errors.ts';

/** A kind of a CustomResourceDefinition, in the version that is stored. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly spec: Schema;
}

/** A node of a structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/). */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean' | undefined;
  readonly properties: ReadonlyMap<string, Schema>;
  readonly required: ReadonlySet<string>;
  /** What each item of an array is. */
  readonly items: Schema | undefined;
  /** What each value of a map is (`additionalProperties`). */
  readonly values: Schema | undefined;
  /** It may hold more than is said (`x-kubernetes-preserve-unknown-fields`). */
  readonly isOpen: boolean;
  readonly enum: readonly string[] | undefined;
  /** Constraints and the default, by keyword. */
  readonly facts: Readonly<Record<string, unknown>>;
}

const TYPES = ['object', 'array', 'string', 'integer', 'boolean'] as const;
const FACTS = ['default', 'pattern', 'minimum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'format'];
const SAY_NOTHING_OF_THE_TYPE = [
  'description',
  'x-kubernetes-validations',
  'x-kubernetes-map-type',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
];
const UNDERSTOOD = new Set([
  ...['type', 'properties', 'required', 'items', 'additionalProperties', 'enum'],
  ...['x-kubernetes-preserve-unknown-fields', ...FACTS, ...SAY_NOTHING_OF_THE_TYPE],
]);

/**
 * Parses a CustomResourceDefinition.
 *
 * @param file its name, for errors
 * @throws {SlipwayError} `imports/not-understood`: it is none, or its schema has a keyword that no type is made for.
 * So a CRD that says something new is refused, never imported without it.
 */
export function readKind(text: string, file: string): Kind {
  const spec = record(record(parse(text), file).spec, `${file}: spec`);
  const versions = array(spec.versions, `${file}: spec.versions`).map((version) => record(version, file));
  const stored = versions.find((version) => version.storage === true && version.served === true);
  if (stored === undefined) throw notUnderstood(file, 'has no version that is both served and stored');
  const schema = readSchema(record(stored.schema, file).openAPIV3Schema, file);
  const ofSpec = schema.properties.get('spec');
  if (ofSpec === undefined) throw notUnderstood(file, 'has no spec');
  return {
    group: string(spec.group, `${file}: spec.group`),
    version: string(stored.name, `${file}: version`),
    kind: string(record(spec.names, file).kind, `${file}: kind`),
    spec: ofSpec,
  };
}

function readSchema(value: unknown, place: string): Schema {
  const node = record(value, place);
  const unknown = Object.keys(node).find((keyword) => !UNDERSTOOD.has(keyword));
  if (unknown !== undefined) throw notUnderstood(place, `uses the keyword ${unknown}`);
  const type = TYPES.find((known) => known === node.type);
  if (type === undefined && node.type !== undefined) throw notUnderstood(place, 'has a type of another name');
  const properties = Object.entries(node.properties === undefined ? {} : record(node.properties, place));
  const strings = (list: unknown) => array(list, place).map((item) => string(item, place));
  return {
    type,
    properties: new Map(properties.map(([name, property]) => [name, readSchema(property, `${place}.${name}`)])),
    required: new Set(node.required === undefined ? [] : strings(node.required)),
    items: node.items === undefined ? undefined : readSchema(node.items, `${place}[]`),
    values: node.additionalProperties === undefined ? undefined : readSchema(node.additionalProperties, `${place}.*`),
    isOpen: node['x-kubernetes-preserve-unknown-fields'] === true,
    enum: node.enum === undefined ? undefined : strings(node.enum),
    facts: Object.fromEntries(Object.entries(node).filter(([keyword]) => FACTS.includes(keyword))),
  };
}

/**
 * A CustomResourceDefinition without its texts: descriptions, and the messages of validation rules.
 * A field that is called `description` stays.
 */
export function withoutTexts(crd: unknown): unknown {
  if (Array.isArray(crd)) return crd.map(withoutTexts);
  if (!isRecord(crd)) return crd;
  return Object.fromEntries(
    Object.entries(crd)
      .filter(([key, value]) => !(typeof value === 'string' && (key === 'description' || key === 'message')))
      .map(([key, value]) => [key, key === 'default' ? value : withoutTexts(value)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw notUnderstood(place, 'is not a map');
}

function array(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw notUnderstood(place, 'is not a list');
}

function string(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw notUnderstood(place, 'is not a string');
}

function notUnderstood(place: string, what: string): SlipwayError {
  return new SlipwayError({ code: 'imports/not-understood', message: `${place} ${what}.` });
}
