import { describe, expect, test } from '@jest/globals';
import { App, Chart, JsonPatch, Lazy } from 'cdk8s';
import type { ApiObject, ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';
import * as imports from '../../imports/index.ts';
import { HelmRelease } from '../../imports/index.ts';
import type { Node } from './schema.ts';
import { fieldsOf, readCrds } from './schema.ts';

type Generated = new (
  scope: Construct,
  id: string,
  props: { metadata: ApiObjectMetadata & { name: string }; spec: unknown },
) => ApiObject;
const classes = imports as unknown as Readonly<Record<string, Generated>>;

/** A class that makes objects of a kind, with the manifest that it makes of a spec. */
function manifestOf(kind: string, spec: unknown): unknown {
  const Kind = classes[kind]!;
  const chart = new Chart(new App(), 'chart');
  return new Kind(chart, 'it', { metadata: { name: 'it', namespace: 'there' }, spec }).toJson();
}

const OPEN = {
  list: [1, 'two', null, { three: null }],
  map: { deep: { skipCRDs: true, empty: {}, none: null, '': '' } },
  nothing: null,
  no: false,
  zero: 0,
};

/** Values that a node may have; the first holds every field below it. */
function valuesOf(node: Node): readonly unknown[] {
  if (node.enum) return node.enum;
  if (node['x-kubernetes-preserve-unknown-fields']) return [OPEN, {}];
  switch (node.type) {
    case 'string':
      return ['text', '', '2026-01-02T03:04:05Z'];
    case 'boolean':
      return [true, false];
    case 'integer':
      return [7, 0];
    case 'array':
      return [valuesOf(node.items!), []];
    default: {
      if (node.additionalProperties) return [{ Key: valuesOf(node.additionalProperties)[0], 'a.b/c': '' }, {}];
      return [Object.fromEntries(Object.entries(node.properties ?? {}).map(([key, of]) => [key, valuesOf(of)[0]])), {}];
    }
  }
}

/** A spec that holds nothing but one field with one value. */
function specWith(path: string, value: unknown): unknown {
  const parts = path.match(/\.[^.[{]+|\[\]|\{\}/g)!;
  return parts.reduceRight<unknown>((inner, part) => {
    if (part === '[]') return [inner];
    return { [part === '{}' ? 'key' : part.slice(1)]: inner };
  }, value);
}

describe.each(readCrds())('$kind', ({ kind, group, version, spec }) => {
  const head = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'it', namespace: 'there' } };

  test('carries a spec with every field of the CRD as it is', () => {
    const full = valuesOf(spec)[0];
    expect(manifestOf(kind, full)).toStrictEqual({ ...head, spec: full });
  });

  test.each(fieldsOf(spec, ''))('carries $path alone, empty or not, and adds nothing', ({ path, node }) => {
    for (const value of valuesOf(node)) {
      const one = specWith(path, value);
      expect(manifestOf(kind, one)).toStrictEqual({ ...head, spec: one });
    }
  });

  test('carries a field that is newer than the CRD', () => {
    expect(manifestOf(kind, { fieldOfNextYear: { andURL: [1] } })).toStrictEqual({
      ...head,
      spec: { fieldOfNextYear: { andURL: [1] } },
    });
  });

  test('carries what a JSON patch adds', () => {
    const chart = new Chart(new App(), 'chart');
    const object = new classes[kind]!(chart, 'it', { metadata: { name: 'it', namespace: 'there' }, spec: {} });
    object.addJsonPatch(JsonPatch.add('/spec/someURL', true));
    expect(object.toJson()).toStrictEqual({ ...head, spec: { someURL: true } });
  });
});

describe('Helm values', () => {
  const chart = () => new Chart(new App(), 'chart');
  const metadata = { name: 'it' };

  function valuesAfter(object: HelmRelease): unknown {
    return (object.toJson() as { spec: { values: unknown } }).spec.values;
  }

  test('keep their nulls, which delete a default of the chart, in the order of keys', () => {
    const values = { b: null, a: { d: null, c: [null, { e: null }] }, f: undefined };
    const object = new HelmRelease(chart(), 'it', { metadata, spec: { interval: '1h', values } });
    expect(JSON.stringify(valuesAfter(object))).toBe('{"a":{"c":[null,{"e":null}],"d":null},"b":null}');
  });

  test('may come late, and be patched', () => {
    const late: unknown = Lazy.any({ produce: () => ({ on: true }) });
    const values = { a: null, late, old: 1 };
    const object = new HelmRelease(chart(), 'it', { metadata, spec: { interval: '1h', values } });
    object.addJsonPatch(JsonPatch.remove('/spec/values/old'), JsonPatch.add('/spec/values/a', 2));
    expect(valuesAfter(object)).toStrictEqual({ a: 2, late: { on: true } });
  });
});
