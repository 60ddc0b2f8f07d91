import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, type JsonObject, mapOf } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { DEFAULT_POLICY } from '../../../src/reconciler/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type GitServer, GitWork, serveGit } from '../../support/git-repository.ts';
import { conditionOf, configMap, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'sources-test';
const GROUP = 'source.toolkit.fluxcd.io';

describeWithControlPlane('the source of a Kustomization', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  const root = temporaryFolder();
  let host: GitServer;
  let cluster: Reconciled;

  beforeAll(async () => {
    host = await serveGit(root);
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const gitRepository = async (name: string, spec: JsonObject = {}) =>
    cluster.apply({
      apiVersion: `${GROUP}/v1`,
      kind: 'GitRepository',
      metadata: { name, ...local },
      spec: { url: `${host.url}/${name}`, ref: { branch: 'main' }, interval: '1s', ...spec },
    });
  /** Its status, once it is as it is waited for. */
  const source = async (name: string, matches: (status: JsonObject) => boolean) => {
    let status: JsonObject = {};
    await cluster.until(
      `GitRepository ${name}`,
      async () => {
        const object = await cluster.get('GitRepository', name, GROUP);
        status = isObject(object?.status) ? object.status : {};
        return matches(status);
      },
      () => JSON.stringify(status),
    );
    return status;
  };
  const revisionOf = ({ artifact }: JsonObject) => (isObject(artifact) ? artifact.revision : undefined);
  const of = (name: string) => ({ sourceRef: { kind: 'GitRepository', name }, path: './app' });
  const at = async (name: string, revision: string) =>
    cluster.status(name, (status, ready) => status.lastAppliedRevision === revision && ready.startsWith('True'));

  test('that comes after it is waited for', async () => {
    const work = new GitWork(root, 'later');
    const commit = work.commit({ 'app/a.yaml': configMap('later', {}, local) });
    await cluster.kustomization('later', of('later'));
    const status = await cluster.failed('later', 'ArtifactFailed');
    expect(readyOf(status)).toContain(`'GitRepository/${NAMESPACE}/later' not found`);
    await gitRepository('later');
    await at('later', `main@sha1:${commit}`);
  });

  test('that has no artifact yet is waited for', async () => {
    const work = new GitWork(root, 'empty');
    await gitRepository('empty');
    const failed = await source('empty', (status) => conditionOf(status, 'FetchFailed') !== '');
    expect(readyOf(failed)).toMatch(/^False GitOperationFailed: /);
    await cluster.kustomization('empty', of('empty'));
    const status = await cluster.failed('empty', 'ArtifactFailed');
    expect(readyOf(status)).toContain('Source artifact not found');
    const commit = work.commit({ 'app/a.yaml': configMap('empty', {}, local) });
    await at('empty', `main@sha1:${commit}`);
    expect(await source('empty', (now) => readyOf(now).startsWith('True'))).toMatchObject({
      artifact: { revision: `main@sha1:${commit}` },
      observedGeneration: 1,
    });
  });

  test('is a real git repository, of which a push is seen by itself, with its commit and author', async () => {
    const work = new GitWork(root, 'pushed');
    const first = work.commit({ 'app/a.yaml': configMap('pushed', { at: '1' }, local) });
    await gitRepository('pushed');
    await cluster.kustomization('pushed', of('pushed'));
    await at('pushed', `main@sha1:${first}`);
    const second = work.commit({ 'app/a.yaml': configMap('pushed', { at: '2' }, local) });
    await at('pushed', `main@sha1:${second}`);
    expect(await cluster.get('ConfigMap', 'pushed')).toMatchObject({ data: { at: '2' } });
    const changes = cluster.changes.filter(({ object }) => object.name === 'pushed');
    expect(changes.map(({ operation, commit }) => [operation, commit])).toEqual([
      ['created', { hash: first, author: 'Ada <ada@example.com>', subject: 'change' }],
      ['configured', { hash: second, author: 'Ada <ada@example.com>', subject: 'change' }],
    ]);
  });

  test('that includes another holds what that holds, now and later', async () => {
    const inner = new GitWork(root, 'inner');
    inner.commit({ 'a.yaml': configMap('inner', { at: '1' }, local) });
    const outer = new GitWork(root, 'outer');
    const commit = outer.commit({ 'app/kustomization.yaml': 'resources: [inner/a.yaml]\n' });
    // A change of the included one is heard of, though its own interval is long.
    const include = [{ repository: { name: 'inner' }, toPath: 'app/inner' }];
    await gitRepository('outer', { interval: '10m', include });
    const failed = await source('outer', (status) => conditionOf(status, 'FetchFailed') !== '');
    expect(readyOf(failed)).toContain("no artifact available for include 'inner'");
    await gitRepository('inner');
    await cluster.kustomization('outer', of('outer'));
    await at('outer', `main@sha1:${commit}`);
    const before = await source('outer', (status) => status.includedArtifacts !== undefined);
    inner.commit({ 'a.yaml': configMap('inner', { at: '2' }, local) });
    const digestOf = ({ artifact }: JsonObject) => mapOf(artifact).digest;
    await source('outer', (status) => digestOf(status) !== digestOf(before));
    // Its revision is the same, so Kustomizations take it when they are reconciled next, as with Flux.
    await cluster.kustomization('outer', { ...of('outer'), timeout: '2m' });
    await cluster.until('what is included', async () => {
      const made = await cluster.get('ConfigMap', 'inner');
      return mapOf(made?.data).at === '2';
    });
  });

  test('that is suspended stays at what it held, and goes on when it is resumed', async () => {
    const work = new GitWork(root, 'paused');
    const first = work.commit({ 'app/a.yaml': configMap('paused', { at: '1' }, local) });
    await gitRepository('paused');
    await cluster.kustomization('paused', of('paused'));
    await at('paused', `main@sha1:${first}`);
    await gitRepository('paused', { suspend: true });
    const second = work.commit({ 'app/a.yaml': configMap('paused', { at: '2' }, local) });
    // A request does not fetch what is suspended, and the Kustomization still has what was fetched before.
    const kind = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' };
    await cluster.request(kind, 'paused');
    await cluster.status('paused', ({ lastHandledReconcileAt }) => lastHandledReconcileAt !== undefined);
    await at('paused', `main@sha1:${first}`);
    expect(revisionOf(await source('paused', () => true))).toBe(`main@sha1:${first}`);
    await gitRepository('paused', { suspend: false });
    await at('paused', `main@sha1:${second}`);
  });

  test('that cannot be reached any more says so, and what it held goes on; and is well again later', async () => {
    const work = new GitWork(root, 'moved');
    const commit = work.commit({ 'app/a.yaml': configMap('moved', {}, local) });
    await gitRepository('moved');
    await cluster.kustomization('moved', of('moved'));
    await at('moved', `main@sha1:${commit}`);
    await gitRepository('moved', { url: `${host.url}/nowhere` });
    const failed = await source('moved', (status) => conditionOf(status, 'FetchFailed').startsWith('True'));
    expect(revisionOf(failed)).toBe(`main@sha1:${commit}`);
    expect(conditionOf(failed, 'Reconciling')).toMatch(/^True ProgressingWithRetry/);
    await cluster.delete('ConfigMap', 'moved');
    await cluster.until('the drift', async () => (await cluster.get('ConfigMap', 'moved')) !== undefined);
    await gitRepository('moved');
    const well = await source('moved', (status) => readyOf(status).startsWith('True'));
    expect(conditionOf(well, 'FetchFailed')).toBe('');
    expect(conditionOf(well, 'Reconciling')).toBe('');
  });

  test('answers to a request, also where it holds what it held', async () => {
    const work = new GitWork(root, 'asked');
    work.commit({ 'app/a.yaml': configMap('asked', {}, local) });
    await gitRepository('asked', { interval: '1h' });
    await source('asked', (status) => revisionOf(status) !== undefined);
    await cluster.request({ group: GROUP, version: 'v1', kind: 'GitRepository' }, 'asked');
    const first = await source('asked', ({ lastHandledReconcileAt }) => lastHandledReconcileAt !== undefined);
    const commit = work.commit({ 'app/a.yaml': configMap('asked', { at: '2' }, local) });
    await cluster.request({ group: GROUP, version: 'v1', kind: 'GitRepository' }, 'asked');
    const second = await source('asked', (status) => revisionOf(status) === `main@sha1:${commit}`);
    expect(second.lastHandledReconcileAt).not.toBe(first.lastHandledReconcileAt);
  });

  test('that is deleted is let go, and what was made of it stays', async () => {
    const work = new GitWork(root, 'deleted');
    const commit = work.commit({ 'app/a.yaml': configMap('deleted', {}, local) });
    await gitRepository('deleted');
    await cluster.kustomization('deleted', of('deleted'));
    await at('deleted', `main@sha1:${commit}`);
    await cluster.delete('GitRepository', 'deleted', GROUP);
    await cluster.gone('GitRepository', 'deleted', GROUP);
    await cluster.request({ group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' }, 'deleted');
    const status = await cluster.failed('deleted', 'ArtifactFailed');
    expect(status.inventory).toEqual({ entries: [{ id: `${NAMESPACE}_deleted__ConfigMap`, v: 'v1' }] });
    expect(await cluster.get('ConfigMap', 'deleted')).toBeDefined();
  });
});

describeWithControlPlane('where references to other namespaces are forbidden', (sandbox) => {
  const folder = temporaryFolder();
  const namespace = 'sources-test-strict';
  let cluster: Reconciled;

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), namespace, folder, {
      policy: { ...DEFAULT_POLICY, noCrossNamespaceRefs: true },
    });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('a source of another namespace is refused for good, and one of its own is not', async () => {
    await cluster.push({ 'crossing/a.yaml': configMap('crossing', {}, { namespace }) });
    const sourceRef = { kind: 'GitRepository', name: 'source' };
    await cluster.kustomization('crossing', { sourceRef: { ...sourceRef, namespace: NAMESPACE } });
    const status = await cluster.failed('crossing', 'AccessDenied');
    const why = `can't access 'GitRepository/${NAMESPACE}/source', cross-namespace references have been blocked`;
    expect(readyOf(status)).toBe(`False AccessDenied: ${why}`);
    expect(conditionOf(status, 'Stalled')).toBe(`True AccessDenied: ${why}`);
    expect(status.observedGeneration).toBe(1);
    await cluster.kustomization('crossing', { sourceRef: { ...sourceRef, namespace } });
    const ready = await cluster.ready('crossing');
    expect(conditionOf(ready, 'Stalled')).toBe('');
  });
});
