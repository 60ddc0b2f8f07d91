/** Walks the schemas of CustomResourceDefinitions on its own, so that tests do not trust the generator's reading. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const CRDS = join(import.meta.dirname, '../../imports/crds');

/** A node of an openAPIV3Schema, as it stands in the file. */
export interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly additionalProperties?: Node;
  readonly enum?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

export interface Crd {
  readonly file: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly spec: Node;
}

interface CrdFile {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: Node } } };
    }[];
  };
}

export function readCrds(): readonly Crd[] {
  return readdirSync(CRDS).map((file) => {
    const { spec } = parse(readFileSync(join(CRDS, file), 'utf8')) as CrdFile;
    const version = spec.versions[0]!;
    return {
      file,
      kind: spec.names.kind,
      group: spec.group,
      version: version.name,
      spec: version.schema.openAPIV3Schema.properties.spec,
    };
  });
}

/** Every field below a node, by its path: `.` before a property, `[]` for an item, `{}` for a value of a map. */
export function fieldsOf(node: Node, path: string): readonly { readonly path: string; readonly node: Node }[] {
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, property]) => [
      { path: `${path}.${name}`, node: property },
      ...fieldsOf(property, `${path}.${name}`),
    ]),
    ...(node.items ? fieldsOf(node.items, `${path}[]`) : []),
    ...(node.additionalProperties ? fieldsOf(node.additionalProperties, `${path}{}`) : []),
  ];
}
