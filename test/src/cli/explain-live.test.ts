import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listObjects, patchObject } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { GitWork } from '../../support/git-repository.ts';
import { configMap, manifest, Reconciled } from '../../support/reconciled.ts';
import { runOn } from '../../support/run-command.ts';

const NAMESPACE = 'explain-live-test';
/** Nobody keeps what is in it. */
const FLUX = 'explain-live-test-flux';

describeWithControlPlane('slipway explain --live', (sandbox) => {
  const folder = temporaryFolder();
  const empty = temporaryFolder();
  const checkouts = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };
  const explain = (query: string, ...args: readonly string[]) =>
    runOn(sandbox(), empty, 'explain', '--live', query, ...args);

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'pending', ...local },
      spec: {
        selector: { matchLabels: { app: 'pending' } },
        template: { metadata: { labels: { app: 'pending' } }, spec: { containers: [{ name: 'main', image: 'none' }] } },
      },
    };
    await cluster.push({ 'site/a.yaml': configMap('explained', {}, local), 'site/b.yaml': manifest(deployment) });
    await cluster.kustomization('site');
    await cluster.ready('site');
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('leads from an object to the Kustomization that applied it, its source and revision', async () => {
    const { status, stdout } = await explain(`configmap/${NAMESPACE}/explained`);
    expect(stdout).toMatch(
      /^ConfigMap\/explain-live-test\/explained {2}is well\n {2}applied by Kustomization\/explain-live-test\/site, which is ready\n {2}source {5}GitRepository\/explain-live-test\/source, at sha256:[0-9a-f]{8}\n$/,
    );
    expect(status).toBe(0);
  });

  test('leads to the file and the line in a checkout, through an overlay, as it is where the cluster has no commit', async () => {
    await cluster.push({
      'overlay/kustomization.yaml': 'resources: [base]\nnamePrefix: my-\n',
      'overlay/base/kustomization.yaml': 'resources: [all.yaml]\n',
      'overlay/base/all.yaml': `${configMap('first', {}, local)}---\n${configMap('second', {}, local)}`,
    });
    await cluster.kustomization('overlay');
    await cluster.ready('overlay');
    const of = (...args: readonly string[]) => explain(`configmap/${NAMESPACE}/my-second`, ...args);
    expect((await of('--dir', path.join(folder, 'source'))).stdout).toContain('  file       overlay/base/all.yaml:3\n');
    expect((await of()).stdout).not.toContain('  file ');
    const wrong = await of('--dir', 'nowhere');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/There is no folder .*nowhere/)]);
  });

  test('leads to the line at the commit that the cluster has, whatever the checkout has since', async () => {
    const repository = new GitWork(checkouts, 'checkout');
    const commit = repository.commit({
      'site/a.yaml': `# said before\n${configMap('committed', {}, { namespace: FLUX })}`,
    });
    repository.commit({ 'site/a.yaml': configMap('committed', {}, { namespace: FLUX }) });
    const reference = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', namespace: FLUX, name: 'site' };
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: FLUX } });
    await cluster.apply({
      apiVersion: `${reference.group}/v1`,
      kind: reference.kind,
      metadata: { namespace: FLUX, name: reference.name },
      spec: { interval: '10m', prune: true, path: './site', sourceRef: { kind: 'GitRepository', name: 'site' } },
    });
    const labels = Object.fromEntries(
      Object.entries({ name: 'site', namespace: FLUX }).map(([key, value]) => [`${reference.group}/${key}`, value]),
    );
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'committed', namespace: FLUX, labels },
    });
    const at = async (hash: string): Promise<string> => {
      const status = { lastAttemptedRevision: `main@sha1:${hash}` };
      await patchObject(cluster.client, reference, { status }, { fieldManager: 'test', subresource: 'status' });
      return (await explain(`configmap/${FLUX}/committed`, '--dir', repository.folder)).stdout;
    };
    repository.commit({});
    expect(await at(commit)).toContain('  file       site/a.yaml:2\n');
    expect(await at(commit)).toContain('Ada <ada@example.com>');
    expect(await at(repository.git('rev-parse', 'HEAD'))).toContain('  file       site/a.yaml:1\n');
    // Of a repository that this is no checkout of.
    expect(await at('0'.repeat(40))).not.toContain('  file ');
  });

  test('leads from what Kubernetes made of an object to that object', async () => {
    let name = '';
    await cluster.until('the ReplicaSet', async () => {
      const { objects } = await listObjects(cluster.client, { group: 'apps', kind: 'ReplicaSet' }, local);
      name = objects[0]?.metadata.name ?? '';
      return name !== '';
    });
    const { status, stdout } = await explain(`ReplicaSet/${NAMESPACE}/${name}`, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'ReplicaSet',
      health: { status: 'InProgress' },
      partOf: [{ kind: 'Deployment', name: 'pending' }],
      appliedBy: [{ kind: 'Kustomization', name: 'site', state: 'ready' }],
      source: { kind: 'GitRepository', name: 'source' },
    });
    expect(status).toBe(1);
  });

  test('says of an object that nobody of Flux put there that it is so', async () => {
    const { status, stdout } = await explain('Namespace/kube-system');
    expect(stdout).toBe('Namespace/kube-system  is well\n  applied by nobody of Flux: it has no labels of an owner\n');
    expect(status).toBe(0);
  });

  test('says what else may have been meant', async () => {
    expect((await explain(`configmap/${NAMESPACE}/explaned`)).stderr).toContain(
      `Did you mean ConfigMap/${NAMESPACE}/explained?`,
    );
    expect((await explain('Confgmap/x')).stderr).toContain('Did you mean ConfigMap?');
  });
});
