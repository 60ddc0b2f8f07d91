import { isList, isObject, type JsonObject } from '../manifest/index.ts';
import { apiOf } from './apis.ts';
import { constraintDefinition } from './constraint-template.ts';
import { customDefinition, definition } from './definitions.ts';
import { goPattern } from './go-pattern.ts';
import { SchemaNode, type SchemaSource } from './schema-node.ts';

/** The schema of one version of one kind. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** The status is dropped from what is written, so only its shape matters. */
  readonly dropsStatus: boolean;
  readonly root: SchemaNode;
}

const builtIn = new Map<string, KindSchema | undefined>();

/** The schema of a kind of Kubernetes itself or of Flux; undefined for every other. */
export function builtInSchema(apiVersion: string, kind: string): KindSchema | undefined {
  const key = `${apiVersion}/${kind}`;
  if (!builtIn.has(key)) builtIn.set(key, readBuiltIn(apiVersion, kind));
  return builtIn.get(key);
}

function readBuiltIn(apiVersion: string, kind: string): KindSchema | undefined {
  const api = apiOf(apiVersion);
  const scope = api?.scopes.get(kind);
  if (api === undefined || scope === undefined) return undefined;
  const root = api.isCustom ? customDefinition(api.file, kind) : definition(`${api.file}.${kind}`);
  return root && { apiVersion, kind, scope, dropsStatus: true, root };
}

function isConstraintTemplate(apiVersion: unknown, kind: unknown): boolean {
  return (
    kind === 'ConstraintTemplate' && typeof apiVersion === 'string' && apiVersion.startsWith('templates.gatekeeper.sh/')
  );
}

const CUSTOM: SchemaSource = { isGo: false, definition: () => undefined, pattern: goPattern };

/**
 * Whether an object brings a kind of its own to a cluster: a CustomResourceDefinition (apiextensions.k8s.io/v1), or a
 * ConstraintTemplate, of which Gatekeeper makes one.
 */
export function definesKinds({ apiVersion, kind }: JsonObject): boolean {
  const isDefinition = kind === 'CustomResourceDefinition' && apiVersion === 'apiextensions.k8s.io/v1';
  return isDefinition || isConstraintTemplate(apiVersion, kind);
}

/**
 * The schemas that such an object gives, one for each version that it serves. What it does not say as it should is left
 * out.
 */
export function customSchemas(object: JsonObject): readonly KindSchema[] {
  if (!definesKinds(object)) return [];
  const crd = object.kind === 'ConstraintTemplate' ? constraintDefinition(object) : object;
  const spec = crd?.spec;
  if (!isObject(spec) || !isObject(spec.names)) return [];
  const { group, names, scope, versions } = spec;
  const { kind } = names;
  if (typeof group !== 'string' || typeof kind !== 'string' || !isList(versions)) return [];
  return versions.filter(isObject).flatMap(({ name, served, schema, subresources }) => {
    if (typeof name !== 'string' || served !== true || !isObject(schema) || !isObject(schema.openAPIV3Schema))
      return [];
    return {
      apiVersion: `${group}/${name}`,
      kind,
      scope: scope === 'Cluster' ? 'Cluster' : 'Namespaced',
      dropsStatus: isObject(subresources) && isObject(subresources.status),
      root: new SchemaNode(schema.openAPIV3Schema, CUSTOM),
    };
  });
}
