import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shownDifferences } from '../../../../src/flux/index.ts';
import { applyObject, type KubeObject, listObjects, patchObject } from '../../../../src/kube/index.ts';
import { formatIdentity, identityOf, isObject, type JsonObject } from '../../../../src/manifest/index.ts';
import { DEFAULT_POLICY, KUSTOMIZATION, previewSync, type SyncPreview } from '../../../../src/reconciler/index.ts';
import { createEngine, createKustomizeProgram, DiskTree } from '../../../../src/render/index.ts';
import { describeWithControlPlane } from '../../../support/control-plane.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { configMap, manifest, Reconciled, says } from '../../../support/reconciled.ts';

const NAMESPACE = 'preview-test';
const SOURCE = `GitRepository/${NAMESPACE}/source`;

/** What is foretold is compared with what the reconciler then does, by the audit log. */
describeWithControlPlane('the preview of a sync', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  async function preview(change: (object: KubeObject) => KubeObject = (object) => object): Promise<SyncPreview> {
    const { objects } = await listObjects(cluster.client, KUSTOMIZATION, { namespace: NAMESPACE });
    return previewSync(objects.map(change), {
      client: cluster.client,
      engine: createEngine(createKustomizeProgram(undefined, undefined)),
      policy: DEFAULT_POLICY,
      trees: new Map([[SOURCE, new DiskTree(`${folder}/source`)]]),
    });
  }

  /** As the audit log has it. */
  const OPERATIONS = { added: 'created', changed: 'configured', moved: 'configured', removed: 'deleted' } as const;
  const foretold = ({ diff }: SyncPreview): readonly string[] =>
    diff.changes
      .flatMap(({ change, identity, previous, kept }) => {
        const isGone = kept === undefined;
        if (change !== 'renamed') return isGone ? [`${OPERATIONS[change]} ${formatIdentity(identity)}`] : [];
        const old = previous !== undefined && isGone ? [`deleted ${formatIdentity(previous)}`] : [];
        return [`created ${formatIdentity(identity)}`, ...old];
      })
      .sort();
  const fieldsOf = ({ diff }: SyncPreview, name: string): readonly string[] =>
    diff.changes
      .filter(({ identity }) => identity.name === name)
      .flatMap(shownDifferences)
      .map(({ pointer, before, after }) => `${pointer} ${JSON.stringify(before)} ${JSON.stringify(after)}`);

  /** Syncs what is written, and tells what was done. */
  async function sync(...names: readonly string[]): Promise<readonly string[]> {
    const from = cluster.changes.length;
    await cluster.push({});
    for (const name of names) await cluster.ready(name);
    const done = cluster.changes.slice(from).map(({ operation, object }) => `${operation} ${formatIdentity(object)}`);
    return [...new Set(done)].sort();
  }

  /** Every object of the namespace with the state that it is in. */
  async function states(): Promise<readonly string[]> {
    const resources = await cluster.client.discovery.list();
    const kinds = resources.filter(
      ({ isNamespaced, verbs, kind }) => isNamespaced && verbs.includes('list') && kind !== 'Event',
    );
    const lists = await Promise.all(kinds.map((kind) => listObjects(cluster.client, kind, local)));
    return lists.flatMap(({ objects }) => objects.map(stateOf));
  }
  const stateOf = (object: KubeObject): string =>
    `${formatIdentity(identityOf(object))} ${object.metadata.resourceVersion ?? ''}`;

  test('of what is synced already changes nothing', async () => {
    await cluster.push({ 'same/a.yaml': configMap('same', { a: '1' }, local) });
    await cluster.kustomization('same');
    await cluster.ready('same');
    expect(foretold(await preview())).toEqual([]);
  });

  test('is what the sync then does, and writes nothing', async () => {
    await cluster.push({
      'basic/a.yaml': configMap('changed', { a: '1' }, local),
      'basic/b.yaml': configMap('removed', {}, local),
      'basic/c.yaml': configMap('protected', {}, { ...local, annotations: says('prune', 'disabled') }),
    });
    await cluster.kustomization('basic');
    await cluster.ready('basic');
    cluster.write({
      'basic/a.yaml': configMap('changed', { a: '2' }, local),
      'basic/b.yaml': configMap('added', {}, local),
      'basic/c.yaml': undefined,
    });
    const before = await states();
    const told = await preview();
    expect(await states()).toEqual(before);
    expect(foretold(told)).toEqual([
      'configured ConfigMap/preview-test/changed',
      'created ConfigMap/preview-test/added',
      'deleted ConfigMap/preview-test/removed',
    ]);
    expect(fieldsOf(told, 'changed')).toEqual(['/data/a "1" "2"']);
    expect(told.diff.changes.find(({ identity }) => identity.name === 'protected')?.kept).toContain('prune: disabled');
    expect(await sync('basic')).toEqual(foretold(told));
    expect(foretold(await preview())).toEqual([]);
  });

  test('puts drift right, and what was deleted by hand', async () => {
    await cluster.push({
      'drift/a.yaml': configMap('edited', { a: '1' }, local),
      'drift/b.yaml': configMap('lost', {}, local),
    });
    await cluster.kustomization('drift');
    await cluster.ready('drift');
    await cluster.stop();
    await patchObject(
      cluster.client,
      { group: '', kind: 'ConfigMap', ...local, name: 'edited' },
      { data: { a: 'by hand' } },
      { fieldManager: 'kubectl-edit' },
    );
    await cluster.delete('ConfigMap', 'lost');
    const told = await preview();
    expect(foretold(told)).toEqual(['configured ConfigMap/preview-test/edited', 'created ConfigMap/preview-test/lost']);
    expect(fieldsOf(told, 'edited')).toEqual(['/data/a "by hand" "1"']);
    const from = cluster.changes.length;
    await cluster.run();
    await cluster.until('the repair', () => cluster.changes.length >= from + 2);
  });

  test('takes over what kubectl wrote: what git lacks goes, with the default that takes its place', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'adopted', ...local },
      spec: {
        selector: { matchLabels: { app: 'adopted' } },
        template: {
          metadata: { labels: { app: 'adopted' } },
          spec: { containers: [{ name: 'main', image: 'none' }] },
        },
      },
    };
    const byHand = {
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { 'example.org/by-hand': 'yes', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      spec: {
        ...deployment.spec,
        replicas: 0,
        revisionHistoryLimit: 3,
        template: {
          metadata: { labels: { app: 'adopted' } },
          spec: { containers: [{ name: 'main', image: 'none', env: [{ name: 'A', value: '1' }] }] },
        },
      },
    };
    await applyObject(cluster.client, byHand, { fieldManager: 'kubectl', force: true });
    cluster.write({ 'adopt/a.yaml': manifest(deployment) });
    await cluster.kustomization('adopt', { suspend: true });
    const told = await preview((object) =>
      object.metadata.name === 'adopt' && isObject(object.spec)
        ? { ...object, spec: { ...object.spec, suspend: false } }
        : object,
    );
    const after = told.diff.changes.find(({ identity }) => identity.name === 'adopted')?.after;
    await cluster.kustomization('adopt', { suspend: false });
    await cluster.push({});
    await cluster.ready('adopt');
    const live = await cluster.get('Deployment', 'adopted', 'apps');
    expect(after?.spec).toEqual(live?.spec);
    expect((after?.metadata as JsonObject).annotations).toBeUndefined();
    expect(live?.spec).toMatchObject({ replicas: 1, revisionHistoryLimit: 10 });
    await cluster.deleteKustomization('adopt');
  });

  test('leaves alone what says so, in git or in the cluster', async () => {
    await cluster.push({
      'switches/a.yaml': configMap(
        'if-not-present',
        { a: '1' },
        { ...local, annotations: says('ssa', 'IfNotPresent') },
      ),
      'switches/b.yaml': configMap('disabled', { a: '1' }, local),
    });
    await cluster.kustomization('switches');
    await cluster.ready('switches');
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'disabled', ...local, annotations: says('reconcile', 'disabled') },
    });
    cluster.write({
      'switches/a.yaml': configMap(
        'if-not-present',
        { a: '2' },
        { ...local, annotations: says('ssa', 'IfNotPresent') },
      ),
      'switches/b.yaml': configMap('disabled', { a: '2' }, local),
    });
    expect(foretold(await preview())).toEqual([]);
    expect(await sync('switches')).toEqual([]);
  });

  test('leaves fields alone that spec.ignore names', async () => {
    const ignore = [{ paths: ['/data/a'] }];
    await cluster.push({ 'ignoring/a.yaml': configMap('ignored', { a: '1', b: '1' }, local) });
    await cluster.kustomization('ignoring', { ignore });
    await cluster.ready('ignoring');
    cluster.write({ 'ignoring/a.yaml': configMap('ignored', { a: '2', b: '1' }, local) });
    expect(foretold(await preview())).toEqual([]);
    cluster.write({ 'ignoring/a.yaml': configMap('ignored', { a: '2', b: '2' }, local) });
    const told = await preview();
    expect(fieldsOf(told, 'ignored')).toEqual(['/data/b "1" "2"']);
    expect(await sync('ignoring')).toEqual(foretold(told));
    expect((await cluster.get('ConfigMap', 'ignored'))?.data).toEqual({ a: '1', b: '2' });
  });

  test('knows kinds and namespaces that come by the same sync', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.preview.example.org' },
      spec: {
        group: 'preview.example.org',
        names: { plural: 'things', singular: 'thing', kind: 'Thing' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    await cluster.push({ 'coming/a.yaml': configMap('first', {}, local) });
    await cluster.kustomization('coming');
    await cluster.ready('coming');
    cluster.write({
      'coming/crd.yaml': manifest(definition),
      'coming/namespace.yaml': manifest({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'preview-test-later' },
      }),
      'coming/thing.yaml': manifest({
        apiVersion: 'preview.example.org/v1',
        kind: 'Thing',
        metadata: { name: 'one', ...local },
      }),
      'coming/later.yaml': configMap('later', {}, { namespace: 'preview-test-later' }),
    });
    const told = await preview();
    expect(told.diff.dangers).toEqual([]);
    expect(await sync('coming')).toEqual(foretold(told));
    expect(foretold(told)).toHaveLength(4);
  });

  test('says what the API server would refuse', async () => {
    await cluster.push({ 'refused/a.yaml': configMap('fine', {}, local) });
    await cluster.kustomization('refused');
    await cluster.ready('refused');
    cluster.write({
      'refused/b.yaml': configMap('Not_A_Name', {}, local),
      'refused/c.yaml': configMap('nowhere', {}, { namespace: 'preview-test-nowhere' }),
      'refused/d.yaml': manifest({
        apiVersion: 'unknown.example.org/v1',
        kind: 'Unknown',
        metadata: { name: 'x', ...local },
      }),
    });
    const { diff } = await preview();
    expect(diff.dangers.map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual([
      'refused ConfigMap/preview-test-nowhere/nowhere',
      'refused ConfigMap/preview-test/Not_A_Name',
      'refused Unknown/preview-test/x',
    ]);
    cluster.write({ 'refused/b.yaml': undefined, 'refused/c.yaml': undefined, 'refused/d.yaml': undefined });
  });

  test('says what is made anew where a field cannot be changed and that is allowed', async () => {
    const job = (image: string): string =>
      manifest({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'forced', ...local, annotations: says('force', 'enabled') },
        spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
      });
    await cluster.push({ 'forced/a.yaml': job('one') });
    await cluster.kustomization('forced');
    await cluster.ready('forced');
    cluster.write({ 'forced/a.yaml': job('two') });
    const told = await preview();
    expect(told.diff.dangers).toContainEqual({
      kind: 'recreated',
      object: 'Job/preview-test/forced',
      sentence: 'It is deleted and made anew, since a field of it cannot be changed.',
    });
    expect(fieldsOf(told, 'forced')).toContain('/spec/template/spec/containers/0/image "one" "two"');
    expect((await cluster.get('Job', 'forced', 'batch'))?.spec).toMatchObject({
      template: { spec: { containers: [{ image: 'one' }] } },
    });
  });

  test('shows no value of a Secret', async () => {
    const secret = (password: string): string =>
      manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret', ...local }, stringData: { password } });
    await cluster.push({ 'secret/a.yaml': secret('canary-before') });
    await cluster.kustomization('secret');
    await cluster.ready('secret');
    cluster.write({ 'secret/a.yaml': secret('canary-after') });
    const told = await preview();
    expect(fieldsOf(told, 'secret')).toEqual(['/data/password "***" "***"']);
    cluster.write({ 'secret/a.yaml': secret('canary-before') });
  });

  test('shows no value of a Secret that a variable brings into another object, of now or of before', async () => {
    const setting = (value: string): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'setting', ...local },
      stringData: { PASSWORD: value },
    });
    await cluster.apply(setting('canary-before'));
    const using = (more: string): string => configMap('using', { 'app.ini': `password=\${PASSWORD}`, more }, local);
    await cluster.push({ 'using/a.yaml': using('1') });
    await cluster.kustomization('using', { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'setting' }] } });
    await cluster.ready('using');
    await cluster.apply(setting('canary-after'));
    cluster.write({ 'using/a.yaml': using('2') });
    expect(fieldsOf(await preview(), 'using')).toEqual(['/data/app.ini "***" "***"', '/data/more "1" "2"']);
    cluster.write({ 'using/a.yaml': configMap('Not_A_Name', { password: '${PASSWORD}' }, local) });
    expect(JSON.stringify((await preview()).diff.dangers)).not.toContain('canary');
    cluster.write({ 'using/a.yaml': using('1') });
  });

  test('follows Kustomizations within Kustomizations: changed, new and gone ones, and what they read', async () => {
    const child = (name: string, spec: JsonObject = {}): string =>
      manifest({
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name, ...local },
        spec: {
          interval: '10m',
          path: `./${name}`,
          prune: true,
          sourceRef: { kind: 'GitRepository', name: 'source' },
          ...spec,
        },
      });
    const substituteFrom = [{ kind: 'ConfigMap', name: 'settings' }];
    await cluster.push({
      'parent/a.yaml': child('kept'),
      'parent/b.yaml': child('dropped'),
      'parent/c.yaml': child('reading', { postBuild: { substituteFrom } }),
      'parent/settings.yaml': configMap('settings', { COLOUR: 'red' }, local),
      'kept/a.yaml': configMap('of-kept', {}, local),
      'elsewhere/a.yaml': configMap('of-elsewhere', {}, local),
      'dropped/a.yaml': configMap('of-dropped', {}, local),
      'fresh/a.yaml': configMap('of-fresh', {}, local),
      'reading/a.yaml': configMap('of-reading', { colour: '${COLOUR}' }, local),
    });
    await cluster.kustomization('parent');
    for (const name of ['parent', 'kept', 'dropped', 'reading']) await cluster.ready(name);
    cluster.write({
      'parent/a.yaml': child('kept', { path: './elsewhere' }),
      'parent/b.yaml': child('fresh'),
      'parent/settings.yaml': configMap('settings', { COLOUR: 'blue' }, local),
    });
    const told = await preview();
    expect(foretold(told)).toEqual([
      'configured ConfigMap/preview-test/of-reading',
      'configured ConfigMap/preview-test/settings',
      'configured Kustomization/preview-test/kept',
      'created ConfigMap/preview-test/of-elsewhere',
      'created ConfigMap/preview-test/of-fresh',
      'created Kustomization/preview-test/fresh',
      'deleted ConfigMap/preview-test/of-dropped',
      'deleted ConfigMap/preview-test/of-kept',
      'deleted Kustomization/preview-test/dropped',
    ]);
    const from = cluster.changes.length;
    await cluster.push({});
    await cluster.until('the whole', () => cluster.changes.length - from >= foretold(told).length - 1);
  });

  test('leaves out what is suspended, and goes on with what it made', async () => {
    await cluster.push({ 'paused/a.yaml': configMap('of-paused', { a: '1' }, local) });
    await cluster.kustomization('paused');
    await cluster.ready('paused');
    await cluster.kustomization('paused', { suspend: true });
    cluster.write({ 'paused/a.yaml': configMap('of-paused', { a: '2' }, local) });
    const { diff, plan } = await preview();
    expect(plan.leftOut.get(`${NAMESPACE}/paused`)).toBe('it is suspended');
    expect(diff.changes.filter(({ kustomization }) => kustomization.endsWith('/paused'))).toEqual([]);
  });

  test('says what does not build, and removes nothing of it', async () => {
    await cluster.push({ 'broken/a.yaml': configMap('of-broken', {}, local) });
    await cluster.kustomization('broken');
    await cluster.ready('broken');
    cluster.write({ 'broken/a.yaml': 'no: [yaml' });
    const { diff, plan } = await preview();
    expect(plan.planned.get(`${NAMESPACE}/broken`)?.failure?.reason).toBe('BuildFailed');
    expect(diff.changes.filter(({ kustomization }) => kustomization.endsWith('/broken'))).toEqual([]);
    cluster.write({ 'broken/a.yaml': configMap('of-broken', {}, local) });
  });
});
