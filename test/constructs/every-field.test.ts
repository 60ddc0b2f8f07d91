import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { fieldsOf, readCrds, type Node } from '../imports/schema.ts';
import { allow } from '../../constructs/index.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';
import { declareEveryField } from './every-field.ts';

const cluster = testCluster();
allow(cluster, 'synth/dangling-reference', 'every field is given, also those that name what is made elsewhere');
allow(cluster, 'schema/broken-rule', 'every field is given, also those that exclude each other');
declareEveryField(testNamespace(cluster));
const objects = [...cluster.tree().keys()]
  .filter((file) => file.startsWith('apps/web/') && !file.endsWith('kustomization.yaml'))
  .map((file) => parse(fileText(cluster, file)) as { kind: string; spec?: unknown });

/** The paths of a value's fields, in the notation of `fieldsOf`; what the schema leaves open is not looked into. */
function pathsOf(value: unknown, node: Node, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => pathsOf(item, node.items ?? {}, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  if (node.additionalProperties !== undefined || node['x-kubernetes-preserve-unknown-fields']) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    `${path}.${name}`,
    ...pathsOf(member, node.properties?.[name] ?? {}, `${path}.${name}`),
  ]);
}

describe('the typed options', () => {
  test.each(readCrds())('reach every field of $kind, and write no other', ({ kind, spec }) => {
    const said = objects.filter((object) => object.kind === kind).flatMap((object) => pathsOf(object.spec, spec, ''));
    const known = fieldsOf(spec, '').map(({ path }) => path);
    expect([...new Set(said)].sort()).toEqual(known.sort());
  });

  test('reach 502 fields of 15 kinds', () => {
    const fields = readCrds().map(({ spec }) => fieldsOf(spec, '').length);
    expect([fields.length, fields.reduce((sum, count) => sum + count)]).toEqual([15, 502]);
  });
});
