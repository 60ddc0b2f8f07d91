import { isObject, type JsonObject } from '../manifest/index.ts';
import type { KindSchema } from './kind-schema.ts';
import type { SchemaProblem } from './problem.ts';
import { mostSimilar } from '../similar.ts';

const GROUP = 'constraints.gatekeeper.sh';

const LABEL_SELECTOR = {
  type: 'object',
  properties: {
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: listOf({
      type: 'object',
      required: ['key', 'operator'],
      properties: { key: { type: 'string' }, operator: { type: 'string' }, values: listOf({ type: 'string' }) },
    }),
  },
};

/** A name, with an asterisk before, behind or both for any others. */
const NAME = { type: 'string', pattern: '^\\*?[-:a-z0-9]*\\*?$' };

/** Which objects a constraint looks at (Gatekeeper: pkg/mutation/match/match_types.go, Match). */
const MATCH = {
  type: 'object',
  properties: {
    excludedNamespaces: listOf(NAME),
    kinds: listOf({
      type: 'object',
      properties: { apiGroups: listOf({ type: 'string' }), kinds: listOf({ type: 'string' }) },
    }),
    labelSelector: LABEL_SELECTOR,
    name: NAME,
    namespaceSelector: LABEL_SELECTOR,
    namespaces: listOf(NAME),
    scope: { type: 'string' },
    source: { type: 'string', enum: ['All', 'Generated', 'Original'] },
  },
};

const SCOPED_ACTION = {
  type: 'object',
  properties: {
    action: { type: 'string' },
    enforcementPoints: listOf({ type: 'object', properties: { name: { type: 'string' } } }),
  },
};

function listOf<Item>(items: Item): { readonly type: 'array'; readonly items: Item } {
  return { type: 'array', items };
}

/**
 * The CustomResourceDefinition that Gatekeeper makes of a ConstraintTemplate, for its constraints (constraint framework:
 * pkg/client/crds, CreateSchema and CreateCRD); undefined where it names no kind.
 */
export function constraintDefinition({ apiVersion, spec }: JsonObject): JsonObject | undefined {
  const crd = at(spec, 'crd', 'spec');
  const names = at(crd, 'names');
  if (!isObject(names) || typeof names.kind !== 'string') return undefined;
  const schema = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 63 } } },
      spec: {
        type: 'object',
        properties: {
          match: MATCH,
          enforcementAction: { type: 'string', default: 'deny' },
          scopedEnforcementActions: listOf(SCOPED_ACTION),
          ...parametersOf(at(crd, 'validation'), apiVersion === 'templates.gatekeeper.sh/v1'),
        },
      },
      status: { 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  const version = { served: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { kind: names.kind },
      versions: ['v1beta1', 'v1alpha1'].map((name) => ({ name, ...version })),
    },
  };
}

/**
 * Why Gatekeeper has no such constraint, where it is one that no template makes, though others make some; templates may
 * also come from where nobody sees them here.
 */
export function constraintProblem(
  apiVersion: string,
  kind: string,
  known: Iterable<Pick<KindSchema, 'apiVersion' | 'kind'>>,
): SchemaProblem | undefined {
  if (!apiVersion.startsWith(`${GROUP}/`)) return undefined;
  const made = [...known].filter((schema) => schema.apiVersion.startsWith(`${GROUP}/`)).map((schema) => schema.kind);
  const kinds = [...new Set(made)];
  if (kinds.length === 0 || kinds.includes(kind)) return undefined;
  const meant = mostSimilar(kind, kinds);
  return {
    code: 'schema/not-served',
    pointer: '/kind',
    message: `No ConstraintTemplate makes the kind ${kind}, only ${kinds.join(', ')}.`,
    remedy: meant === undefined ? 'Mend the kind, or add its template.' : `Write kind: ${meant.name}.`,
  };
}

/** Before v1 a template's schema is a legacy one unless it says otherwise: fields that it does not name are kept. */
function parametersOf(validation: unknown, isV1: boolean): JsonObject {
  const { openAPIV3Schema: schema, legacySchema = !isV1 } = isObject(validation) ? validation : {};
  if (!isObject(schema)) return {};
  return { parameters: legacySchema === true ? { 'x-kubernetes-preserve-unknown-fields': true } : schema };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step] : undefined), value);
}
