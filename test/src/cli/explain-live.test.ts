import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listObjects } from '../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, manifest, Reconciled } from '../../support/reconciled.ts';
import { runOn } from '../../support/run-command.ts';

const NAMESPACE = 'explain-live-test';

describeWithControlPlane('slipway explain --live', (sandbox) => {
  const folder = temporaryFolder();
  const empty = temporaryFolder();
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
