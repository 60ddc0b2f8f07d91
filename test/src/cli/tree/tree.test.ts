import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../../support/control-plane.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { configMap, manifest, Reconciled } from '../../../support/reconciled.ts';
import { runOn } from '../../../support/run-command.ts';

const NAMESPACE = 'tree-test';

describeWithControlPlane('slipway tree', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };
  const child: JsonObject = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'child', ...local },
    spec: { interval: '10m', path: './child', prune: true, sourceRef: { kind: 'GitRepository', name: 'source' } },
  };
  const deployment: JsonObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'pending', ...local },
    spec: {
      selector: { matchLabels: { app: 'pending' } },
      template: { metadata: { labels: { app: 'pending' } }, spec: { containers: [{ name: 'main', image: 'none' }] } },
    },
  };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.push({
      'parent/child.yaml': manifest(child),
      'child/a.yaml': configMap('a', {}, local),
      'child/b.yaml': manifest(deployment),
      'child/c.yaml': manifest({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', ...local },
        stringData: { key: 'canary' },
      }),
    });
    await cluster.kustomization('parent');
    await cluster.ready('parent');
    await cluster.ready('child');
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('shows what a Kustomization applied, through the Kustomizations in it, and what is not well', async () => {
    const { status, stdout } = await runOn(sandbox(), folder, 'tree', `ks/${NAMESPACE}/parent`);
    expect(stdout).toBe(`Kustomization/tree-test/parent
└── Kustomization/tree-test/child
    ├── ConfigMap/tree-test/a
    ├── Secret/tree-test/s
    └── Deployment/tree-test/pending  InProgress: Available: 0/1
`);
    expect(status).toBe(1);
  });

  test('shows Flux’s objects alone where that is asked for, and ends with 0 since they are ready', async () => {
    const { status, stdout } = await runOn(sandbox(), folder, 'tree', `ks/${NAMESPACE}/parent`, '--compact');
    expect(stdout).toBe('Kustomization/tree-test/parent\n└── Kustomization/tree-test/child\n');
    expect(status).toBe(0);
  });

  test('begins with what no other Kustomization applies', async () => {
    const { stdout } = await runOn(sandbox(), folder, 'tree', '--compact');
    expect(stdout.split('\n')).toContain('Kustomization/tree-test/parent');
    expect(stdout.split('\n')).not.toContain('Kustomization/tree-test/child');
  });

  test('is data for programs, with no content of a Secret', async () => {
    const { stdout } = await runOn(sandbox(), folder, 'tree', `ks/${NAMESPACE}/parent`, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        name: 'parent',
        children: [
          { name: 'child', children: [{ kind: 'ConfigMap', health: { status: 'Current' } }, { kind: 'Secret' }, {}] },
        ],
      },
    ]);
    expect(stdout).not.toContain('canary');
    expect(stdout).not.toContain(Buffer.from('canary').toString('base64'));
  });

  test('shows what is gone from the cluster', async () => {
    await cluster.stop();
    await cluster.delete('ConfigMap', 'a');
    const { stdout } = await runOn(sandbox(), folder, 'tree', `ks/${NAMESPACE}/child`);
    expect(stdout).toContain('ConfigMap/tree-test/a  NotFound: ');
    await cluster.run();
  });
});
