/** The schemas of the built-in kinds, out of the module k8s.io/kubernetes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGoEnums } from './go-enums.ts';
import { NOT_INSISTED_ON } from './not-insisted-on.ts';
import type { ApiEntry, DataFile, RawSchema } from './raw.ts';

type Definitions = ReadonlyMap<string, RawSchema>;

interface Sources {
  readonly definitions: Definitions;
  readonly enums: ReadonlyMap<string, readonly string[]>;
  readonly keyDefaults: ReadonlySet<string>;
}

const ANYTHING: RawSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Go types with an UnmarshalJSON of their own: what it takes, in words that the validator knows. */
const SCALARS: Readonly<Record<string, RawSchema>> = {
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': ANYTHING,
  // These decode what is below them without strictness.
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray': ANYTHING,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool': ANYTHING,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray': ANYTHING,
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': ANYTHING,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': ANYTHING,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { format: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
};

/** The data files for a folder that holds the module. */
export function kubernetesData(module: string): readonly DataFile[] {
  const definitions = readDefinitions(join(module, 'api/openapi-spec/v3'));
  const enums = readGoEnums(readFileSync(join(module, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8'));
  const apis = readApis(join(module, 'api/discovery/aggregated_v2.json'), definitions);
  const reached = reachable(
    Object.values(apis).flatMap((api) => [...api.namespaced, ...api.cluster].map((kind) => api.prefix + kind)),
    definitions,
  );
  const sources = { definitions, enums, keyDefaults: keysWithDefaults(definitions) };

  return [...Map.groupBy([...reached].sort(), fileOf)]
    .map(([name, members]) => ({
      name,
      definitions: Object.fromEntries(members.map((member) => [typeOf(member), compactStruct(member, sources)])),
      apis: Object.fromEntries(
        Object.entries(apis)
          .filter(([, { file }]) => file === name)
          .map(([apiVersion, { file, namespaced, cluster }]) => [apiVersion, { file, namespaced, cluster }]),
      ),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readDefinitions(folder: string): Definitions {
  return new Map(
    readdirSync(folder)
      .sort()
      .flatMap((file) => {
        const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
          components?: { schemas?: Record<string, RawSchema> };
        };
        return Object.entries(document.components?.schemas ?? {});
      }),
  );
}

interface Discovery {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly responseKind: { readonly kind: string };
        readonly scope: 'Namespaced' | 'Cluster';
      }[];
    }[];
  }[];
}

/** What the release serves, all API versions switched on; and the prefix of the definitions of each version's kinds. */
function readApis(
  file: string,
  definitions: Definitions,
): Readonly<Record<string, ApiEntry & { readonly prefix: string }>> {
  const { items } = JSON.parse(readFileSync(file, 'utf8')) as Discovery;
  // The discovery document leaves the core group out; api__v1.json has it in the older form.
  const core = JSON.parse(readFileSync(file.replace('aggregated_v2', 'api__v1'), 'utf8')) as {
    resources: { name: string; kind: string; namespaced: boolean }[];
  };
  const versions = [
    {
      apiVersion: 'v1',
      resources: core.resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ kind, namespaced }) => ({ kind, namespaced })),
    },
    ...items
      .filter(({ metadata }) => metadata.name !== undefined && metadata.name !== '')
      .flatMap(({ metadata, versions }) =>
        versions.map(({ version, resources }) => ({
          apiVersion: `${metadata.name ?? ''}/${version}`,
          resources: resources.map(({ responseKind, scope }) => ({
            kind: responseKind.kind,
            namespaced: scope === 'Namespaced',
          })),
        })),
      ),
  ];
  return Object.fromEntries(
    versions.map(({ apiVersion, resources }) => {
      const kinds = (namespaced: boolean): string[] =>
        resources
          .filter((resource) => resource.namespaced === namespaced)
          .map(({ kind }) => kind)
          .sort();
      const prefix = prefixOf(
        apiVersion,
        resources.map(({ kind }) => kind),
        definitions,
      );
      return [apiVersion, { file: fileOf(prefix), namespaced: kinds(true), cluster: kinds(false), prefix }];
    }),
  );
}

/** The package that defines all kinds of an API version: its name ends with the group's first word and the version. */
function prefixOf(apiVersion: string, kinds: readonly string[], definitions: Definitions): string {
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['core', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const word = group === 'internal.apiserver.k8s.io' ? 'apiserverinternal' : (group.split('.')[0] ?? '');
  const found = [...definitions.keys()]
    .map((name) => name.slice(0, name.lastIndexOf('.') + 1))
    .find((prefix) => prefix.endsWith(`.${word}.${version}.`));
  const missing = kinds.find((kind) => found === undefined || !definitions.has(found + kind));
  if (found === undefined || missing !== undefined)
    throw new Error(`${apiVersion}: no definition of ${missing ?? 'it'}`);
  return found;
}

/** `io.k8s.api.core.v1.Pod` stands in the file core.v1. */
function fileOf(name: string): string {
  return name.split('.').slice(-3, -1).join('.');
}

function typeOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** As in the names of the functions of zz_generated.openapi.go. */
function goName(name: string): string {
  return /^io\.k8s\.(?:apimachinery|apiextensions-apiserver|kube-aggregator)\.(pkg\.apis\..*)$/.test(name)
    ? name.slice(name.indexOf('pkg.')).replaceAll('.', '_')
    : name.replace(/^io\.k8s\./, 'k8sio_').replaceAll('.', '_');
}

function definition(name: string, definitions: Definitions): RawSchema {
  const found = definitions.get(name);
  if (found === undefined) throw new Error(`No definition of ${name}`);
  return found;
}

function target(schema: RawSchema): string | undefined {
  return (schema.$ref ?? schema.allOf?.[0]?.$ref)?.replace('#/components/schemas/', '');
}

function reachable(roots: readonly string[], definitions: Definitions): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (schema: RawSchema): void => {
    const name = target(schema);
    if (name !== undefined && !reached.has(name) && isStruct(definition(name, definitions))) {
      reached.add(name);
      visit(definition(name, definitions));
    }
    for (const part of partsOf(schema)) visit(part);
  };
  for (const $ref of roots) visit({ $ref });
  return reached;
}

function isStruct(schema: RawSchema): boolean {
  return schema.properties !== undefined;
}

function partsOf(schema: RawSchema): readonly RawSchema[] {
  return [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(
    (part) => part !== undefined,
  );
}

/** Fields whose default is part of the identity of a list's item, such as the protocol of a port: `<definition>.<field>`. */
function keysWithDefaults(definitions: Definitions): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (schema: RawSchema): void => {
    const item = schema.items && target(schema.items);
    for (const key of item === undefined ? [] : (schema['x-kubernetes-list-map-keys'] ?? [])) {
      const field = definition(item ?? '', definitions).properties?.[key];
      if (field?.default !== undefined) found.add(`${item ?? ''}.${key}`);
    }
    for (const part of partsOf(schema)) visit(part);
  };
  for (const schema of definitions.values()) visit(schema);
  return found;
}

/** A struct as the validator reads it: without texts, defaults and hints for patches, with the values of enums. */
function compactStruct(name: string, { definitions, enums, keyDefaults }: Sources): RawSchema {
  const { properties = {}, required = [] } = definition(name, definitions);
  const [group = ''] = fileOf(name).split('.');
  const insistedOn = required.filter((field) => !NOT_INSISTED_ON.has(`${group}.${typeOf(name)}.${field}`));
  const fields = Object.entries(properties).map(([field, property]): [string, RawSchema] => {
    const compacted = withValues(compact(property, definitions), enums.get(`${goName(name)}.${field}`));
    return [field, keyDefaults.has(`${name}.${field}`) ? { ...compacted, default: property.default } : compacted];
  });
  return {
    type: 'object',
    ...(insistedOn.length > 0 && { required: insistedOn }),
    properties: Object.fromEntries(fields),
  };
}

function compact(schema: RawSchema, definitions: Definitions): RawSchema {
  const name = target(schema);
  if (name !== undefined) {
    const scalar = SCALARS[name];
    if (scalar !== undefined) return scalar;
    const found = definition(name, definitions);
    return isStruct(found) ? { $ref: `${fileOf(name)}.${typeOf(name)}` } : compact(found, definitions);
  }
  const { type, format, items, additionalProperties } = schema;
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  return {
    ...(type !== undefined && { type }),
    ...(format !== undefined && { format }),
    ...(items !== undefined && { items: compact(items, definitions) }),
    ...(additionalProperties !== undefined && { additionalProperties: compact(additionalProperties, definitions) }),
    ...((listType === 'map' || listType === 'set') && { 'x-kubernetes-list-type': listType }),
    ...(keys !== undefined && { 'x-kubernetes-list-map-keys': keys }),
  };
}

/** An enum of a list or a map is one of its items or values. */
function withValues(schema: RawSchema, values: readonly string[] | undefined): RawSchema {
  if (values === undefined) return schema;
  if (schema.items !== undefined) return { ...schema, items: withValues(schema.items, values) };
  if (schema.additionalProperties === undefined) return { ...schema, enum: values };
  return { ...schema, additionalProperties: withValues(schema.additionalProperties, values) };
}
