import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isObject, type JsonObject, readDocument } from '../../../src/manifest/index.ts';
import {
  builtInSchema,
  customSchemas,
  type KindSchema,
  type SchemaProblem,
  validateObject,
  type ValidateOptions,
} from '../../../src/schema/index.ts';
import { deployment, gauge, pod, RIGHT, WRONG } from './wrong-objects.ts';

const CRD = readObject(readFileSync(join(import.meta.dirname, 'fixtures/crd.yaml'), 'utf8'));
const GAUGE = customSchemas(CRD)[0]!;

function readObject(yaml: string): JsonObject {
  const value = readDocument(yaml)?.value;
  if (!isObject(value)) throw new Error('no object');
  return value;
}

function schemaOf({ apiVersion, kind }: JsonObject): KindSchema {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw new Error('no object');
  return builtInSchema(apiVersion, kind) ?? GAUGE;
}

function problems(object: JsonObject, options?: ValidateOptions): readonly SchemaProblem[] {
  return validateObject(object, schemaOf(object), options);
}

describe('what the API server refuses is found, with its place', () => {
  test.each(WRONG)('$title', ({ object, code, pointer, message, remedy }) => {
    expect(problems(object)).toEqual([
      {
        code,
        pointer,
        message: message ?? expect.stringMatching(/^[^\n]+\.$/),
        remedy: remedy ?? expect.stringMatching(/^[^\n]+$/),
      },
    ]);
  });
});

describe('what the API server takes is not found fault with', () => {
  test.each(Object.entries(RIGHT))('%s', (_, object) => {
    expect(problems(object)).toEqual([]);
  });
});

test('all that is wrong is said at once, in the order of the object', () => {
  const object = deployment({ replicas: '2', paused: 'no', strategy: { type: 'rolling' } });
  expect(
    problems({ ...object, spec: { ...(object.spec as JsonObject), extra: 1 } }).map(({ pointer }) => pointer),
  ).toEqual(['/spec/replicas', '/spec/paused', '/spec/strategy/type', '/spec/extra']);
});

test('a rule is not asked where something else is wrong, as it was made for good values', () => {
  expect(problems(gauge({ size: 'big', max: 5 })).map(({ code }) => code)).toEqual(['schema/wrong-type']);
});

test('a version that a CustomResourceDefinition does not serve has no schema', () => {
  expect(customSchemas(CRD).map(({ apiVersion, kind, scope }) => `${apiVersion} ${kind} ${scope}`)).toEqual([
    'example.org/v1 Gauge Namespaced',
  ]);
  expect(customSchemas({ apiVersion: 'v1', kind: 'ConfigMap', spec: { versions: [{}] } })).toEqual([]);
});

describe('values that are not there yet', () => {
  test('a text with a variable may become any value, where variables are to be replaced', () => {
    const object = deployment({ replicas: '${REPLICAS:=2}' });
    expect(problems(object).map(({ code }) => code)).toEqual(['schema/wrong-type']);
    expect(problems(object, { hasVariables: true })).toEqual([]);
    expect(problems(gauge({ size: '${SIZE}', max: 5 }), { hasVariables: true })).toEqual([]);
  });

  test('a SOPS file may hold ciphertext for any value, and its own field', () => {
    const cipher = 'ENC[AES256_GCM,data:aa==,iv:bb==,tag:cc==,type:int]';
    const object = (rest: JsonObject): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web' },
      data: { a: cipher },
      ...rest,
    });
    expect(problems(object({ sops: { mac: cipher, version: '3.13.2' } }))).toEqual([]);
    expect(problems(object({})).map(({ pointer }) => pointer)).toEqual(['/data/a']);
    expect(problems(object({ sops: 'no' })).map(({ pointer }) => pointer)).toContain('/sops');
  });
});

describe('whatever it is given', () => {
  const key = fc.constantFrom(
    ...[
      'apiVersion',
      'kind',
      'metadata',
      'spec',
      'status',
      'data',
      'stringData',
      'items',
      'name',
      'containers',
      'sops',
    ],
    ...['template', 'ports', 'labels', 'size', 'source', '__proto__', 'constructor', '', 'x-ray'],
  );
  const { json } = fc.letrec<{ json: JsonObject[string]; map: JsonObject }>((tie) => ({
    map: fc.dictionary(key, tie('json'), { maxKeys: 5 }),
    json: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom<JsonObject[string]>(null, true, 1, 1.5, -1, 2n ** 70n, Number.NaN, undefined, '', 'a', '${A}'),
      tie('map'),
      fc.array(tie('json'), { maxLength: 4 }) as fc.Arbitrary<JsonObject[string]>,
    ),
  }));
  const map = json.filter(isObject);

  test('it never throws, with a schema of its own or with any other', () => {
    const schemas = [
      builtInSchema('apps/v1', 'Deployment')!,
      builtInSchema('apiextensions.k8s.io/v1', 'CustomResourceDefinition')!,
      builtInSchema('helm.toolkit.fluxcd.io/v2', 'HelmRelease')!,
      GAUGE,
    ];
    fc.assert(
      fc.property(map, fc.constantFrom(...schemas), (object, schema) => {
        for (const { pointer, message, remedy } of validateObject(object, schema)) {
          expect([pointer, message, remedy].every((text) => typeof text === 'string')).toBe(true);
        }
      }),
    );
  });

  test('a definition may hold anything as its schema', () => {
    const word = fc.constantFrom(
      ...['type', 'properties', 'items', 'required', 'enum', 'pattern', 'format', 'minimum', 'oneOf', 'anyOf', 'not'],
      ...['additionalProperties', 'default', 'nullable', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
      ...['x-kubernetes-validations', 'x-kubernetes-int-or-string', '$ref', 'spec', 'size', 'rule'],
    );
    const schema = fc.letrec<{ node: JsonObject }>((tie) => ({
      node: fc.dictionary(
        word,
        fc.oneof(
          { maxDepth: 5 },
          fc.constantFrom('object', 'array', 'integer', 'map', '(', '^a', 'self.size > 1', 'date', 1, true, null),
          tie('node'),
          fc.array(fc.oneof(tie('node'), fc.constantFrom('size', 'spec', 1)), { maxLength: 3 }),
        ),
        { maxKeys: 6 },
      ),
    })).node;
    fc.assert(
      fc.property(schema, map, (openAPIV3Schema, object) => {
        const crd = structuredClone(CRD) as { spec: { versions: JsonObject[] } };
        crd.spec.versions = [{ name: 'v1', served: true, schema: { openAPIV3Schema } }];
        for (const made of customSchemas(crd)) validateObject(object, made);
      }),
    );
  });

  test('no value of a Secret is in what it says', () => {
    const value = fc.constantFrom<JsonObject[string]>('hunter2!', ['hunter2!'], { a: 'hunter2!' }, 'a hunter2!\n');
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('data', 'stringData', 'type', 'immutable', 'zzz'), value),
        value,
        (rest, inner) => {
          const object: JsonObject = {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 'a' },
            ...(rest as JsonObject),
          };
          const said = [...problems(object), ...problems({ ...object, data: { a: inner } })];
          expect(JSON.stringify(said)).not.toContain('hunter2');
        },
      ),
    );
  });

  test('a value in itself comes to an end', () => {
    const schema: JsonObject = {};
    const crd = {
      ...CRD,
      spec: {
        group: 'a.b',
        names: { kind: 'A' },
        versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema: schema } }],
      },
    };
    Object.assign(schema, { type: 'object', properties: { a: schema } });
    const object: Record<string, unknown> = { apiVersion: 'a.b/v1', kind: 'A' };
    object.a = object;
    const [made] = customSchemas(crd);
    expect(validateObject(object as JsonObject, made!).length).toBeGreaterThan(0);
  });

  test('text of any length against any expression takes time in proportion to it', () => {
    const node = { type: 'string', pattern: '^(a+)+$' };
    const openAPIV3Schema = { type: 'object', properties: { spec: node } };
    const spec = {
      group: 'a.b',
      names: { kind: 'A' },
      versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema } }],
    };
    const [made] = customSchemas({ ...CRD, spec });
    const object = { apiVersion: 'a.b/v1', kind: 'A', spec: `${'a'.repeat(10_000)}!` };
    expect(validateObject(object, made!).map(({ code }) => code)).toEqual(['schema/invalid-value']);
  });
});

test('of thousands of unknown fields each is named', () => {
  const extra = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`field${index}`, 1]));
  expect(problems(pod(extra))).toHaveLength(3000);
});
