import { describe, expect, test } from '@jest/globals';
import { type Applied, diffSnapshots, shownDifferences } from '../../../src/flux/index.ts';
import { formatIdentity, type JsonObject } from '../../../src/manifest/index.ts';

type Fields = Readonly<Record<string, unknown>>;

function object(kind: string, name: string, fields: Fields = {}, metadata: Fields = {}): JsonObject {
  const apiVersion =
    { Deployment: 'apps/v1', StatefulSet: 'apps/v1', Role: 'rbac.authorization.k8s.io/v1' }[kind] ?? 'v1';
  return { apiVersion, kind, metadata: { name, namespace: 'web', ...metadata }, ...fields };
}

function applied(name: string, objects: readonly JsonObject[], spec: Fields = { prune: true }): Applied {
  return { kustomization: `flux-system/${name}`, spec: spec as JsonObject, objects, isWhole: true };
}

/** `change Kind/namespace/name` of each change. */
function changes(before: readonly Applied[], after: readonly Applied[]): string[] {
  return diffSnapshots(before, after).changes.map((one) => {
    return [one.change, formatIdentity(one.identity), one.from ?? one.kept].filter(Boolean).join(' ');
  });
}

function dangers(before: readonly Applied[], after: readonly Applied[]): string[] {
  return diffSnapshots(before, after).dangers.map(({ kind, object: what, sentence }) => `${kind} ${what}: ${sentence}`);
}

const config = object('ConfigMap', 'config', { data: { a: '1' } });

describe('what a change does to the cluster', () => {
  test('is nothing where nothing changes', () => {
    expect(diffSnapshots([applied('site', [config])], [applied('site', [config])])).toEqual({
      changes: [],
      dangers: [],
      waits: [],
      unseen: [],
    });
  });

  test('adds, changes and removes objects', () => {
    const changed = object('ConfigMap', 'config', { data: { a: '2' } });
    const before = [applied('site', [config, object('Service', 'old')])];
    const after = [applied('site', [changed, object('Service', 'new')])];
    expect(changes(before, after)).toEqual([
      'changed ConfigMap/web/config',
      'added Service/web/new',
      'removed Service/web/old',
    ]);
    const [first] = diffSnapshots(before, after).changes;
    expect(first?.differences).toEqual([{ pointer: '/data/a', before: '1', after: '2' }]);
  });

  test.each([
    [{ prune: false }, {}, 'its Kustomization has prune: false'],
    [
      { prune: true },
      { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' } },
      'it has kustomize.toolkit.fluxcd.io/prune: disabled',
    ],
    [
      { prune: true },
      { labels: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' } },
      'it has kustomize.toolkit.fluxcd.io/ssa: Ignore',
    ],
  ])('leaves an object with %j and %j that git no longer has', (spec, metadata, kept) => {
    const old = object('Service', 'old', {}, metadata);
    expect(changes([applied('site', [old], spec)], [applied('site', [], spec)])).toEqual([
      `removed Service/web/old ${kept}`,
    ]);
  });

  test('takes the objects of a Kustomization that goes, by its deletionPolicy', () => {
    const gone = (spec: Fields): string[] => changes([applied('site', [config], spec)], []);
    expect(gone({ prune: true })).toEqual(['removed ConfigMap/web/config']);
    expect(gone({ prune: true, deletionPolicy: 'Orphan' })).toEqual([
      'removed ConfigMap/web/config its Kustomization has deletionPolicy: Orphan',
    ]);
    expect(gone({ prune: false, deletionPolicy: 'Delete' })).toEqual(['removed ConfigMap/web/config']);
    expect(gone({ prune: true, suspend: true })).toEqual([
      'removed ConfigMap/web/config its Kustomization is suspended while it is deleted',
    ]);
  });

  test('says nothing of what is gone where a build failed', () => {
    expect(changes([applied('site', [config])], [{ ...applied('site', []), isWhole: false }])).toEqual([]);
  });

  test('moves an object to another Kustomization', () => {
    expect(changes([applied('one', [config])], [applied('two', [config])])).toEqual([
      'moved ConfigMap/web/config flux-system/one',
    ]);
  });

  test('shows no value of a Secret', () => {
    const secret = (password: string): JsonObject => object('Secret', 'login', { stringData: { password } });
    const [change] = diffSnapshots([applied('site', [secret('one')])], [applied('site', [secret('two')])]).changes;
    expect(change && shownDifferences(change)).toEqual([
      { pointer: '/stringData/password', before: '***', after: '***' },
    ]);
  });

  test('makes those wait that depend on what changes, through others too', () => {
    const changed = object('ConfigMap', 'config', { data: { a: '2' } });
    const rest = [
      applied('app', [], { dependsOn: [{ name: 'middle' }] }),
      applied('middle', [], { dependsOn: [{ name: 'base', namespace: 'flux-system' }] }),
      applied('other', []),
    ];
    expect(diffSnapshots([applied('base', [config]), ...rest], [applied('base', [changed]), ...rest]).waits).toEqual([
      { kustomization: 'flux-system/app', for: ['flux-system/base'] },
      { kustomization: 'flux-system/middle', for: ['flux-system/base'] },
    ]);
  });
});

describe('the dangers of a change', () => {
  const between = (before: JsonObject, after: JsonObject | undefined, spec?: Fields): string[] =>
    dangers([applied('site', [before], spec)], [applied('site', after === undefined ? [] : [after], spec)]);

  test('are data that goes', () => {
    expect(between(object('PersistentVolumeClaim', 'data'), undefined)).toEqual([
      'data-loss PersistentVolumeClaim/web/data: It is deleted, and its volume may be deleted with it.',
    ]);
    expect(between(object('PersistentVolumeClaim', 'data'), undefined, { prune: false })).toEqual([]);
  });

  test('are fields that cannot be changed, unless the object is made anew', () => {
    const deployment = (app: string, metadata: Fields = {}): JsonObject =>
      object('Deployment', 'site', { spec: { selector: { matchLabels: { app } } } }, metadata);
    expect(between(deployment('a'), deployment('b'))).toEqual([
      'immutable Deployment/web/site: spec.selector.matchLabels.app cannot be changed: the API server refuses that.',
    ]);
    const forced = { annotations: { 'kustomize.toolkit.fluxcd.io/force': 'enabled' } };
    expect(between(deployment('a', forced), deployment('b', forced))[0]).toContain('it is deleted and made anew');
  });

  test('are rights that are given, and not ones that are taken', () => {
    const role = (verbs: readonly string[]): JsonObject =>
      object('Role', 'reader', { rules: [{ apiGroups: [''], resources: ['pods'], verbs }] });
    expect(between(role(['get']), role(['get', 'delete']))).toEqual([
      'rbac Role/web/reader: It gives more rights than before.',
    ]);
    expect(between(role(['get', 'delete']), role(['get']))).toEqual([]);
  });

  test('are protections that go', () => {
    const claim = (metadata: Fields): JsonObject => object('PersistentVolumeClaim', 'data', {}, metadata);
    expect(between(claim({ annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } }), claim({}))).toEqual([
      'prune-protection PersistentVolumeClaim/web/data: What kept it from being deleted is gone.',
    ]);
    expect(dangers([applied('site', [config], {})], [applied('site', [config])])).toEqual([
      'prune-protection Kustomization/flux-system/site: It prunes from now on: what it once applied and git lacks is deleted.',
    ]);
  });

  test('are changes of what is suspended', () => {
    const changed = object('ConfigMap', 'config', { data: { a: '2' } });
    const suspended = { prune: true, suspend: true };
    expect(dangers([applied('site', [config], suspended)], [applied('site', [changed], suspended)])).toEqual([
      'suspended Kustomization/flux-system/site: It is suspended: its changes are not applied.',
    ]);
  });

  test('come with data loss first', () => {
    const found = dangers(
      [applied('site', [object('PersistentVolumeClaim', 'data'), config], { prune: true, suspend: true })],
      [applied('site', [], { prune: true, suspend: true })],
    );
    expect(found.map((danger) => danger.split(' ')[0])).toEqual(['data-loss', 'suspended']);
  });
});
