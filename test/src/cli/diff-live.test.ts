import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listObjects } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled } from '../../support/reconciled.ts';
import { runOn } from '../../support/run-command.ts';

const NAMESPACE = 'diff-live-test';

describeWithControlPlane('slipway diff --live', (sandbox) => {
  const folder = temporaryFolder();
  const source = path.join(folder, 'source');
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };
  const diff = (...args: readonly string[]) =>
    runOn(sandbox(), folder, 'diff', '--live', '--source', `GitRepository/${NAMESPACE}/source=${source}`, ...args);
  const secret = (value: string): string =>
    manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', ...local }, stringData: { value } });

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.push({
      'site/a.yaml': configMap('site', { a: '1' }, local),
      'site/b.yaml': configMap('old', {}, local),
      'site/c.yaml': secret('canary-before'),
    });
    await cluster.kustomization('site');
    await cluster.ready('site');
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('ends with 0 where a sync would change nothing', async () => {
    const { status, stdout } = await diff();
    expect(stdout).toBe('The cluster stays as it is.\n');
    expect(status).toBe(0);
  });

  test('shows what a sync would change, with no value of a Secret, and writes nothing', async () => {
    const objects = async () => (await listObjects(cluster.client, { group: '', kind: 'ConfigMap' }, local)).objects;
    const before = await objects();
    cluster.write({
      'site/a.yaml': configMap('site', { a: '2' }, local),
      'site/b.yaml': undefined,
      'site/c.yaml': secret('canary-after'),
    });
    const { status, stdout } = await diff();
    expect(stdout).toBe(`diff-live-test/site
  - ConfigMap/diff-live-test/old
  ~ ConfigMap/diff-live-test/site
      data.a: 1 → 2
  ~ Secret/diff-live-test/login
      data.value: *** → ***

0 added, 2 changed, 1 removed; nothing dangerous found
`);
    expect(status).toBe(1);
    for (const format of ['json', 'markdown', 'html']) {
      const { stdout: shown } = await diff('-o', format);
      expect(shown).toContain('login');
      expect(shown).not.toMatch(/canary|Y2FuYXJ5/);
    }
    expect(await objects()).toEqual(before);
  });

  test('says what would fail, and ends with 1 for that alone', async () => {
    cluster.write({
      'site/a.yaml': 'no: [yaml',
      'site/b.yaml': configMap('old', {}, local),
      'site/c.yaml': secret('canary-before'),
    });
    const { status, stdout, stderr } = await diff();
    expect(stdout).toBe('The cluster stays as it is.\n');
    expect(stderr).toContain(
      'warning diff/not-built Kustomization/diff-live-test/site\n  It would fail with BuildFailed: ',
    );
    expect(status).toBe(1);
  });

  test('names the Kustomizations that it leaves out', async () => {
    const { stderr } = await runOn(
      sandbox(),
      folder,
      'diff',
      '--live',
      '--source',
      `GitRepository/${NAMESPACE}/other=${source}`,
    );
    expect(stderr).toMatch(
      /^left out, since its source is GitRepository\/diff-live-test\/source: diff-live-test\/site$/m,
    );
  });

  test('takes one side', async () => {
    expect((await diff('a', 'b')).status).toBe(2);
  });
});
