import { describe, expect, test } from '@jest/globals';
import { afterCleanUp } from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

/** An object that the reconciler applied with `data.ours`, beside fields of another manager. */
function live(manager: string, fieldsV1: JsonObject, more: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      managedFields: [
        { manager: 'kustomize-controller', operation: 'Apply', fieldsV1: { 'f:data': { 'f:ours': {} } } },
        { manager, operation: 'Update', fieldsV1 },
        { manager: 'other', operation: 'Update', fieldsV1: { 'f:data': { 'f:others': {} } } },
      ],
    },
    ...more,
  };
}

const contentOf = (object: JsonObject | undefined): JsonObject => {
  const { data, spec } = object ?? {};
  return { ...(data === undefined ? {} : { data }), ...(spec === undefined ? {} : { spec }) };
};

describe('what is left after the fields of kubectl were taken over', () => {
  test('is without those that nobody else has', () => {
    const fields = { 'f:data': { '.': {}, 'f:ours': {}, 'f:theirs': {}, 'f:others': {} } };
    const object = live('kubectl-edit', fields, { data: { ours: '1', theirs: '2', others: '3', nobodys: '4' } });
    expect(contentOf(afterCleanUp({}, object))).toEqual({ data: { ours: '1', others: '3', nobodys: '4' } });
  });

  test('is without items of lists by their keys, and without what is empty then', () => {
    const fields = {
      'f:spec': {
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } },
        'f:finalizers': { 'v:"hold"': {} },
        'f:selector': { 'f:app': {} },
      },
    };
    const spec = {
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 81, protocol: 'TCP' },
      ],
      finalizers: ['hold', 'kept'],
      selector: { app: 'a' },
    };
    expect(contentOf(afterCleanUp({}, live('kubectl-create', fields, { spec })))).toEqual({
      spec: { ports: [{ port: 81, protocol: 'TCP' }], finalizers: ['kept'] },
    });
  });

  test('is all of it where others than kubectl wrote, and undefined says that nothing is taken over', () => {
    expect(afterCleanUp({}, live('helm', { 'f:data': { 'f:theirs': {} } }, { data: { theirs: '2' } }))).toBeUndefined();
  });

  test('is all of it where the object says that fields of others stay', () => {
    const merged = { metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } } };
    expect(afterCleanUp(merged, live('kubectl-edit', { 'f:data': { 'f:theirs': {} } }, {}))).toBeUndefined();
  });
});
