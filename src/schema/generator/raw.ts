/** Schemas as they stand in OpenAPI documents and CustomResourceDefinitions, as far as the generator reads them. */

export interface RawSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly required?: readonly string[];
  readonly items?: RawSchema;
  readonly additionalProperties?: RawSchema;
  readonly allOf?: readonly RawSchema[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** What the data says of one API version; `src/schema/apis.ts` reads it. */
export interface ApiEntry {
  /** The file that holds the schemas of its kinds. */
  readonly file: string;
  readonly namespaced: readonly string[];
  readonly cluster: readonly string[];
  /** Its kinds are defined by CustomResourceDefinitions. */
  readonly custom?: true;
}

/** A file of `src/schema/data/`. */
export interface DataFile {
  readonly name: string;
  readonly definitions: Readonly<Record<string, unknown>>;
  /** By apiVersion. */
  readonly apis: Readonly<Record<string, ApiEntry>>;
}
