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

  test.each([
    ['a generator adds another hash to its name', 'config-h29d89cmmt', 'config-6gtghh96k8', { data: { a: '2' } }],
    ['nearly all of it is as it was', 'settings', 'options', { data: { a: '1', b: '2', c: '3', d: '4' } }],
  ])('renames an object where %s', (_why, old, now, { data }) => {
    const before = object('ConfigMap', old, { data: { ...data, a: '1' } });
    const found = diffSnapshots(
      [applied('site', [before])],
      [applied('site', [object('ConfigMap', now, { data })])],
    ).changes;
    expect(found.map(({ change, identity, previous }) => [change, identity.name, previous?.name])).toEqual([
      ['renamed', now, old],
    ]);
    expect(found[0]?.differences).toEqual(data.a === '1' ? [] : [{ pointer: '/data/a', before: '1', after: '2' }]);
  });

  test('takes nothing for renamed that is another object', () => {
    const before = [applied('site', [object('ConfigMap', 'one', { data: { a: '1' } })])];
    expect(changes(before, [applied('site', [object('ConfigMap', 'two', { data: { b: '2' } })])])).toEqual([
      'removed ConfigMap/web/one',
      'added ConfigMap/web/two',
    ]);
    expect(changes(before, [applied('site', [object('ConfigMap', 'two', { data: { a: '1' } })])])).toHaveLength(2);
    expect(changes(before, [applied('site', [object('Secret', 'two', { data: { a: '1' } })])])).toEqual([
      'removed ConfigMap/web/one',
      'added Secret/web/two',
    ]);
  });

  test('compares items of lists by their names', () => {
    const deployment = (...names: readonly string[]): JsonObject =>
      object('Deployment', 'site', { spec: { env: names.map((name) => ({ name, value: name.toLowerCase() })) } });
    const [change] = diffSnapshots(
      [applied('site', [deployment('A', 'B', 'C')])],
      [applied('site', [deployment('NEW', 'A', 'C')])],
    ).changes;
    expect(change?.differences).toEqual([
      { pointer: '/spec/env/1', before: { name: 'B', value: 'b' }, after: undefined },
      { pointer: '/spec/env/0', before: undefined, after: { name: 'NEW', value: 'new' } },
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

  test('are data that is made anew: under another name, by force, or by another owner', () => {
    const claim = (name: string, storageClassName = 'fast'): JsonObject =>
      object('PersistentVolumeClaim', name, { spec: { storageClassName, accessModes: ['ReadWriteOnce'] } });
    expect(between(claim('old'), claim('new'))).toEqual([
      'data-loss PersistentVolumeClaim/web/new: It is made anew, and PersistentVolumeClaim/web/old is deleted, and its volume may be deleted with it.',
    ]);
    expect(between(claim('old'), claim('new'), { prune: false })).toEqual([
      'recreated PersistentVolumeClaim/web/new: It is made anew in place of PersistentVolumeClaim/web/old, which stays: its Kustomization has prune: false.',
    ]);
    expect(between(claim('data'), claim('data', 'slow'), { prune: true, force: true })).toEqual([
      'data-loss PersistentVolumeClaim/web/data: spec.storageClassName cannot be changed: it is deleted and made anew, since it is forced, and its volume may be deleted with it.',
    ]);
    expect(dangers([applied('one', [claim('data')])], [applied('two', [claim('data')])])).toEqual([
      'data-loss PersistentVolumeClaim/web/data: It moves from flux-system/one to flux-system/two: if the old one prunes before the new one applies, it is deleted, and its volume may be deleted with it.',
    ]);
  });

  test('are a claim that asks for less, which no volume gives back', () => {
    const claim = (storage: unknown): JsonObject =>
      object('PersistentVolumeClaim', 'data', { spec: { resources: { requests: { storage } } } });
    for (const [old, now] of [
      ['10Gi', '10G'],
      ['1Ti', '900Gi'],
      ['1.5Gi', 1e9],
      ['2e10', '10Gi'],
    ]) {
      expect(between(claim(old), claim(now))).toEqual([
        'immutable PersistentVolumeClaim/web/data: spec.resources.requests.storage cannot be made smaller: the API server refuses that.',
      ]);
      expect(between(claim(now), claim(old))).toEqual([]);
    }
    expect(between(claim('10Gi'), claim('${SIZE}'))).toEqual([]);
    expect(between(claim('10Gi'), claim('5Gi'), { prune: true, force: true })).toEqual([
      'data-loss PersistentVolumeClaim/web/data: spec.resources.requests.storage cannot be made smaller: it is deleted and made anew, since it is forced, and its volume may be deleted with it.',
    ]);
  });

  test('are volumeClaimTemplates of a StatefulSet, whatever changes in them, and not its replicas', () => {
    const set = (storage: string, replicas = 1): JsonObject => {
      const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage } } } }];
      return object('StatefulSet', 'db', { spec: { replicas, volumeClaimTemplates } });
    };
    expect(between(set('1Gi'), set('2Gi'))).toEqual([
      'immutable StatefulSet/web/db: spec.volumeClaimTemplates.0.spec.resources.requests.storage cannot be changed: the API server refuses that.',
    ]);
    expect(between(set('1Gi'), set('1Gi', 2))).toEqual([]);
  });

  describe('of a CustomResourceDefinition', () => {
    interface Version {
      readonly name: string;
      readonly served?: boolean;
      readonly storage?: boolean;
    }
    const definition = (...versions: readonly Version[]): JsonObject => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.org' },
      spec: {
        group: 'example.org',
        names: { kind: 'Thing', plural: 'things' },
        versions: versions.map(({ name, served = true, storage = false }) => ({ name, served, storage })),
      },
    });
    const v1 = { name: 'v1', storage: true };

    test('are a version that is served no longer, with what is still of it', () => {
      const both = definition({ name: 'v1beta1' }, v1);
      expect(between(both, definition(v1))).toEqual([
        'unserved CustomResourceDefinition/things.example.org: Version v1beta1 is no longer served: whatever asks for it fails.',
      ]);
      const thing = { apiVersion: 'example.org/v1beta1', kind: 'Thing', metadata: { name: 'a', namespace: 'web' } };
      const app = applied('app', [thing]);
      expect(
        dangers(
          [applied('crds', [both]), app],
          [applied('crds', [definition({ name: 'v1beta1', served: false }, v1)]), app],
        ),
      ).toEqual([
        'unserved CustomResourceDefinition/things.example.org: Version v1beta1 is no longer served: Thing/web/a here is of it, and cannot be applied any more.',
      ]);
      expect(between(definition(v1), both)).toEqual([]);
    });

    test('are a version that goes in which objects are stored', () => {
      const old = { name: 'v1beta1', storage: true };
      expect(between(definition(old), definition(v1))).toEqual([
        'immutable CustomResourceDefinition/things.example.org: Objects are stored in version v1beta1, which is gone: the API server refuses that until they are all written anew and status.storedVersions lacks it.',
      ]);
      expect(between(definition(old), definition({ name: 'v1beta1' }, v1))).toEqual([]);
    });
  });

  describe('of a HelmRelease', () => {
    const release = (spec: Fields, chart = 'site', objects: readonly JsonObject[] = []): Applied => ({
      ...applied('site', objects, spec),
      release: 'web/site',
      chart,
    });
    const ANEW = 'helm-controller uninstalls the release, with all that it holds, and installs it anew.';

    test.each([
      [{ storageNamespace: 'other' }, 'Its storage namespace changes from web to other'],
      [{ targetNamespace: 'other' }, 'The namespace of its release changes from web to other'],
      [{ releaseName: 'other' }, 'The name of its release changes from site to other'],
    ])('are a target that changes to %j', (spec, what) => {
      expect(dangers([release({})], [release(spec)])).toEqual([`recreated HelmRelease/web/site: ${what}: ${ANEW}`]);
    });

    test('are a chart of another name, unless that is upgraded in place', () => {
      expect(dangers([release({}, 'old')], [release({}, 'new')])).toEqual([
        `recreated HelmRelease/web/site: The name of its chart changes from old to new: ${ANEW}`,
      ]);
      const inPlace = { upgrade: { chartNameChangeStrategy: 'InPlaceUpdate' } };
      expect(dangers([release({}, 'old')], [release(inPlace, 'new')])).toEqual([]);
      expect(dangers([release({}, 'old')], [release({ suspend: true }, 'new')])).toEqual([]);
    });

    test('are data that it holds, though the new one has the same, unless helm keeps them', () => {
      const claim = object('PersistentVolumeClaim', 'data');
      const kept = object('PersistentVolumeClaim', 'kept', {}, { annotations: { 'helm.sh/resource-policy': 'keep' } });
      const both = [claim, kept];
      expect(dangers([release({}, 'old', both)], [release({}, 'new', both)])).toEqual([
        `data-loss HelmRelease/web/site: The name of its chart changes from old to new: ${ANEW} That deletes PersistentVolumeClaim/web/data: its volume may be deleted with it.`,
      ]);
    });
  });

  test('are told once for all that moves', () => {
    const all = ['a', 'b', 'c'].map((name) => object('ConfigMap', name));
    expect(dangers([applied('one', all)], [applied('two', all)])).toEqual([
      'recreated ConfigMap/web/a and 2 more: They move from flux-system/one to flux-system/two: if the old one prunes before the new one applies, they are deleted and made anew.',
    ]);
  });

  test('are none where a generated object has another hash', () => {
    const generated = (hash: string, a: string): JsonObject => object('ConfigMap', `config-${hash}`, { data: { a } });
    expect(between(generated('h29d89cmmt', '1'), generated('6gtghh96k8', '2'))).toEqual([]);
  });

  test('are limits of a Kustomization that go', () => {
    const limits = { serviceAccountName: 'tenant', deletionPolicy: 'Orphan' };
    expect(dangers([applied('site', [config], { prune: true, ...limits })], [applied('site', [config])])).toEqual([
      'rbac Kustomization/flux-system/site: It names no service account any more: it is applied with the rights of the controller.',
      'prune-protection Kustomization/flux-system/site: Its deletionPolicy is no longer Orphan: when it is deleted, its objects may be too.',
    ]);
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
