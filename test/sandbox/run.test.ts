/** The whole of it: homelab-k8s2 on a control plane of its own, as `npm run sandbox` starts it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import {
  createClient,
  getObject,
  type KubeClient,
  listObjects,
  loadAccess,
  patchObject,
} from '../../src/kube/index.ts';
import { isObject } from '../../src/manifest/index.ts';
import { down, sandboxStatus } from '../../src/sandbox/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { REPOSITORY } from '../support/project.ts';
import { conditionOf } from '../support/reconciled.ts';
import { describeWithTool } from '../support/tools.ts';

const PATIENCE_MS = 180_000;
const KUSTOMIZATION = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' };
const CONTROLLER = { group: 'apps', kind: 'Deployment', namespace: 'flux-system', name: 'notification-controller' };

describeWithTool('kwok', 'npm run sandbox', () => {
  const home = temporaryFolder();
  const folder = path.join(home, 'sandbox');
  let run: ChildProcess | undefined;

  afterAll(async () => {
    run?.kill('SIGKILL');
    await down(folder);
  }, PATIENCE_MS);

  /** Waits for words on the output. */
  function says(process: ChildProcess, words: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = '';
      const hear = (chunk: Buffer): void => {
        said += chunk.toString();
        if (said.includes(words)) resolve();
      };
      process.stdout?.on('data', hear);
      process.stderr?.on('data', hear);
      process.once('exit', () => {
        reject(new Error(`it did not say ${words}:\n${said}`));
      });
    });
  }

  const git = (cwd: string, ...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    const { status, stderr } = spawnSync('git', [...author, ...args], { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };

  const replicasOf = async (client: KubeClient): Promise<unknown> => {
    const deployment = await getObject(client, CONTROLLER);
    return isObject(deployment?.spec) ? deployment.spec.replicas : undefined;
  };

  test(
    'goes from nothing to the homelab, puts right what kubectl edits, takes a pushed commit, and ends',
    async () => {
      run = spawn(process.execPath, [path.join(REPOSITORY, 'sandbox/run.ts'), '--dir', folder], {
        cwd: REPOSITORY,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: home },
      });
      await says(run, 'Now in the place of source-controller and kustomize-controller');
      const client = createClient(loadAccess({ env: {}, kubeconfig: path.join(folder, 'kubeconfig') }), { env: {} });

      // Those that need no chart and no source from elsewhere.
      const { objects } = await listObjects(client, KUSTOMIZATION);
      const ready = objects.filter(({ status }) => isObject(status) && conditionOf(status, 'Ready').startsWith('True'));
      expect(ready.map(({ metadata }) => metadata.name).sort()).toEqual(['cluster', 'cluster-apps', 'cluster-flux']);
      expect(objects.length).toBeGreaterThan(100);
      // Each other one says why.
      const silent = objects.filter(
        ({ status }) => !isObject(status) || conditionOf(status, 'Ready').split(': ')[1] === '',
      );
      expect(silent.map(({ metadata }) => metadata.name)).toEqual([]);
      // A secret that was opened by the demo key.
      const secret = { group: '', kind: 'Secret', namespace: 'flux-system', name: 'homelab-k8s2-push' };
      const opened = await getObject(client, secret);
      expect(JSON.stringify(opened?.data)).not.toContain('ENC[');

      const before = await replicasOf(client);
      await patchObject(client, CONTROLLER, { spec: { replicas: 5 } }, { fieldManager: 'kubectl-scale' });
      while ((await replicasOf(client)) !== before) await sleep(50);

      const clone = path.join(home, 'clone');
      git(home, 'clone', '--quiet', sandboxStatus(folder)?.git ?? '', clone);
      const file = path.join(clone, 'kubernetes/flux/system/notification-controller.yaml');
      const text = fs.readFileSync(file, 'utf8');
      expect(text).toMatch(/replicas: 1$/m);
      fs.writeFileSync(file, text.replace(/replicas: 1$/m, 'replicas: 2'));
      git(clone, 'commit', '--quiet', '-am', 'Run two of them');
      git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
      while ((await replicasOf(client)) !== 2) await sleep(50);
      client.close();

      const told = says(run, 'npx slipway sandbox down');
      const ended = once(run, 'exit');
      run.kill('SIGINT');
      await told;
      expect(await ended).toEqual([0, null]);
      expect(sandboxStatus(folder)?.processes.every(({ pid }) => pid !== undefined)).toBe(true);
    },
    PATIENCE_MS,
  );
});
