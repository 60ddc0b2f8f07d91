/** `slipway sync` and Flux's own kustomize-controller and source-controller on one cluster: who holds the leases acts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../src/kube/index.ts';
import { isObject } from '../../../src/manifest/index.ts';
import { down, findSandboxProgram, up } from '../../../src/sandbox/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { configMap, Reconciled, readyOf } from '../../support/reconciled.ts';
import { SlipwayProcess } from '../../support/slipway-process.ts';

const NAMESPACE = 'flux-system';
const AUTHOR = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
const PATIENCE_MS = 240_000;
const NEEDED = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'source-controller', 'kustomize-controller'];
/** A namespace of mounts of its own: there a controller finds the file that a pod has, and by it where its lease is. */
const IN_POD =
  'mount -t tmpfs none /run && mkdir -p /var/run/secrets/kubernetes.io/serviceaccount && ' +
  `printf ${NAMESPACE} > /var/run/secrets/kubernetes.io/serviceaccount/namespace && exec "$@"`;

const describeWithFlux = (title: string, block: () => void): void => {
  const missing = NEEDED.filter((name) => findSandboxProgram(name, process.env) === undefined);
  const canMount =
    spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /run'], { stdio: 'ignore' }).status === 0;
  if (missing.length === 0 && canMount) {
    describe(title, block);
    return;
  }
  const why =
    missing.length > 0 ? `${missing.join(', ')} are not built (npm run tools sandbox)` : 'nothing may be mounted here';
  process.stderr.write(`skipped, as ${why}: ${title}\n`);
  describe.skip(title, block);
};

describeWithFlux('slipway sync beside Flux', () => {
  const folder = temporaryFolder();
  const sandboxFolder = path.join(folder, 'sandbox');
  const children: ChildProcess[] = [];
  let cluster: Reconciled;
  let kubeconfig = '';

  beforeAll(async () => {
    const repository = path.join(folder, 'repository');
    writeFiles(repository, { 'apps/a.yaml': configMap('kept', { key: 'value' }, { namespace: NAMESPACE }) });
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
      [...AUTHOR, 'commit', '--quiet', '-m', 'First'],
    ]) {
      expect(spawnSync('git', args, { cwd: repository }).status).toBe(0);
    }
    const sandbox = await up(sandboxFolder, { env: process.env, repository, log: () => undefined });
    ({ kubeconfig } = sandbox);
    cluster = await Reconciled.start(sandbox, NAMESPACE, folder);
    await cluster.stop();
    await cluster.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'git', namespace: NAMESPACE },
      spec: { url: sandbox.git, ref: { branch: 'main' }, interval: '10m' },
    });
    await cluster.kustomization('apps', { wait: true, sourceRef: { kind: 'GitRepository', name: 'git' } });
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await cluster.end();
    await down(sandboxFolder);
  }, PATIENCE_MS);

  /** A controller of Flux as in its pod, with a log. */
  function controller(
    name: string,
    ...args: string[]
  ): { readonly log: () => string; readonly end: () => Promise<void> } {
    const file = path.join(folder, `${name}.log`);
    const log = fs.openSync(file, 'a');
    const flags = ['--enable-leader-election', '--events-addr=', '--metrics-addr=0', '--health-addr=0', ...args];
    const child = spawn(
      'unshare',
      ['-rm', 'sh', '-c', IN_POD, 'sh', findSandboxProgram(name, process.env) ?? '', ...flags],
      {
        cwd: folder,
        stdio: ['ignore', log, log],
        env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: NAMESPACE },
      },
    );
    fs.closeSync(log);
    children.push(child);
    return {
      log: () => fs.readFileSync(file, 'utf8'),
      end: async () => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  }

  const holder = async (name: string): Promise<string> => {
    const lease = await cluster.get('Lease', `${name}-leader-election`, 'coordination.k8s.io');
    const spec = isObject(lease?.spec) ? lease.spec : {};
    return typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '';
  };
  const version = (object: KubeObject | undefined) => object?.metadata.resourceVersion;
  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  };
  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
  };

  test(
    'Flux waits while slipway holds the leases, takes over when it ends, and slipway waits then; no object changes by it',
    async () => {
      const args = ['sync', `--source=GitRepository/${NAMESPACE}/source=source`, '--storage-path=storage'];
      const sync = new SlipwayProcess(folder, args, { KUBECONFIG: kubeconfig });
      await sync.says(`ready Kustomization/${NAMESPACE}/apps`);
      expect(await holder('kustomize-controller')).toMatch(/^slipway-/);
      const before = version(await cluster.get('ConfigMap', 'kept'));

      const storage = `127.0.0.1:${await freePort()}`;
      const controllers = [
        // Where the artifact was served before is a name of the cluster, which is none on this machine.
        controller('kustomize-controller', '--http-retry=0'),
        controller(
          'source-controller',
          `--storage-path=${fs.mkdtempSync(path.join(folder, 'flux-'))}`,
          `--storage-addr=${storage}`,
          `--storage-adv-addr=${storage}`,
        ),
      ];
      const all = (isSo: (log: string) => boolean) => until(() => controllers.every(({ log }) => isSo(log())));
      await all((log) => /attempting to acquire leader lease/i.test(log));
      // More than once as long as they wait between two tries.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      for (const { log } of controllers) expect(log()).not.toContain('Starting workers');
      expect(await holder('kustomize-controller')).toMatch(/^slipway-/);

      await sync.end('SIGTERM');
      await all((log) => log.includes('Starting workers'));
      await until(() => controllers[1]?.log().includes('stored artifact') === true);
      await cluster.request({ group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' }, 'apps');
      await until(async () => {
        const status = (await cluster.getKustomization('apps'))?.status;
        return (
          isObject(status) && typeof status.lastHandledReconcileAt === 'string' && readyOf(status).startsWith('True')
        );
      });
      expect(await holder('kustomize-controller')).not.toMatch(/^slipway-/);
      expect(version(await cluster.get('ConfigMap', 'kept'))).toBe(before);

      const again = new SlipwayProcess(folder, args, { KUBECONFIG: kubeconfig });
      await again.says('holds the lease flux-system/kustomize-controller-leader-election');
      await again.says('holds the lease flux-system/source-controller-leader-election');
      await Promise.all(controllers.map(({ end }) => end()));
      await again.says(`ready Kustomization/${NAMESPACE}/apps`);
      expect(version(await cluster.get('ConfigMap', 'kept'))).toBe(before);
      await again.end('SIGTERM');
    },
    PATIENCE_MS,
  );
});
