import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import {
  applyObject,
  createClient,
  type KubeObject,
  listObjects,
  loadAccess,
  watchObjects,
} from '../../../src/kube/index.ts';
import { isObject } from '../../../src/manifest/index.ts';
import { down, up } from '../../../src/sandbox/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { describeWithTool } from '../../support/tools.ts';

const PATIENCE_MS = 120_000;

describeWithTool('kwok', 'simulated nodes', () => {
  const folder = path.join(temporaryFolder(), 'sandbox');
  const options = { env: process.env, log: () => undefined };
  afterAll(async () => {
    await down(folder);
  }, PATIENCE_MS);

  test(
    'let Deployments become available and Jobs complete, and go when they are not wanted any more',
    async () => {
      const { kubeconfig, processes } = await up(folder, { ...options, nodes: 2 });
      expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining(['kube-scheduler', 'kwok']));
      const client = createClient(loadAccess({ env: {}, kubeconfig }), { env: {} });
      const until = async (group: string, kind: string, isSo: (status: Record<string, unknown>) => boolean) => {
        for await (const event of watchObjects(client, { group, kind }, { namespace: 'default' })) {
          const objects: readonly KubeObject[] = event.type === 'listed' ? event.objects : [event.object];
          if (objects.some(({ status }) => isObject(status) && isSo(status))) return;
        }
      };
      const template = (restartPolicy: string) => ({
        metadata: { labels: { app: 'a' } },
        spec: {
          restartPolicy,
          initContainers: [{ name: 'first', image: 'example.org/first' }],
          containers: [{ name: 'a', image: 'example.org/a' }],
        },
      });
      const metadata = { name: 'a', namespace: 'default' };
      const manager = { fieldManager: 'test' };
      const selector = { matchLabels: { app: 'a' } };
      await applyObject(
        client,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata,
          spec: { replicas: 3, selector, template: template('Always') },
        },
        manager,
      );
      await until('apps', 'Deployment', ({ availableReplicas }) => availableReplicas === 3);
      await applyObject(
        client,
        { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: template('Never') } },
        manager,
      );
      await until('batch', 'Job', ({ succeeded }) => succeeded === 1);

      await up(folder, { ...options, nodes: 1 });
      expect((await listObjects(client, { group: '', kind: 'Node' })).objects).toHaveLength(1);
      client.close();
    },
    PATIENCE_MS,
  );
});
