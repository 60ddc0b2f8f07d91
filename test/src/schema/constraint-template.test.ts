import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { customSchemas, definesKinds, validateObject } from '../../../src/schema/index.ts';

const parameters = { type: 'object', properties: { limits: { type: 'array', items: { type: 'string' } } } };

function template(validation: JsonObject | undefined, version = 'v1'): JsonObject {
  const spec = { names: { kind: 'RequiredResources' }, ...(validation && { validation }) };
  return { apiVersion: `templates.gatekeeper.sh/${version}`, kind: 'ConstraintTemplate', spec: { crd: { spec } } };
}

const TEMPLATE = template({ openAPIV3Schema: parameters });

/** What is wrong with a constraint, by the template. */
function problems(spec: JsonObject, made = TEMPLATE): string[] {
  const [schema] = customSchemas(made);
  const constraint = { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: 'RequiredResources', spec };
  const object = { ...constraint, metadata: { name: 'limited' } };
  return validateObject(object, schema!).map(({ pointer, code }) => `${code} ${pointer}`);
}

describe('a ConstraintTemplate', () => {
  test('gives a kind of the whole cluster, in the versions that Gatekeeper serves', () => {
    expect(definesKinds(TEMPLATE)).toBe(true);
    expect(customSchemas(TEMPLATE).map(({ apiVersion, kind, scope }) => `${apiVersion} ${kind} ${scope}`)).toEqual([
      'constraints.gatekeeper.sh/v1beta1 RequiredResources Cluster',
      'constraints.gatekeeper.sh/v1alpha1 RequiredResources Cluster',
    ]);
  });

  test('takes constraints with everything that Gatekeeper matches by, and its own parameters', () => {
    const selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] };
    const match = {
      kinds: [{ apiGroups: ['apps'], kinds: ['Deployment'] }],
      namespaces: ['web', 'team-*'],
      excludedNamespaces: ['*-system'],
      labelSelector: selector,
      namespaceSelector: selector,
      name: 'site-*',
      scope: 'Namespaced',
      source: 'Original',
    };
    const actions = [{ action: 'deny', enforcementPoints: [{ name: 'audit.gatekeeper.sh' }] }];
    const spec = { enforcementAction: 'scoped', scopedEnforcementActions: actions, match };
    expect(problems({ ...spec, parameters: { limits: ['memory'] } })).toEqual([]);
  });

  test.each([
    ['a misspelt field of match', { match: { excludedNamespace: ['kube-system'] } }],
    ['a namespace that is no name', { match: { namespaces: ['Kube_System'] } }],
    ['one text in place of a list', { match: { kinds: [{ apiGroups: 'apps', kinds: ['Deployment'] }] } }],
    ['a source that there is not', { match: { source: 'Everything' } }],
    ['a misspelt parameter', { parameters: { limit: ['memory'] } }],
    ['a parameter of another type', { parameters: { limits: 'memory' } }],
  ])('refuses %s', (_what, spec) => {
    expect(problems(spec)).toHaveLength(1);
  });

  test('without a schema has no parameters; with a legacy one it has any', () => {
    const spec = { parameters: { anything: 1 } };
    expect(problems(spec, template(undefined))).toEqual(['schema/unknown-field /spec/parameters']);
    expect(problems(spec, template({ openAPIV3Schema: parameters, legacySchema: true }))).toEqual([]);
    expect(problems(spec, template({ openAPIV3Schema: parameters }, 'v1beta1'))).toEqual([]);
    expect(problems(spec, template({ openAPIV3Schema: parameters, legacySchema: false }, 'v1beta1'))).toHaveLength(1);
  });

  test('that names no kind gives none', () => {
    expect(customSchemas({ apiVersion: 'templates.gatekeeper.sh/v1', kind: 'ConstraintTemplate' })).toEqual([]);
  });
});
