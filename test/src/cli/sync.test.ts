import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { patchObject } from '../../../src/kube/index.ts';
import { isObject } from '../../../src/manifest/index.ts';
import { readAuditLog } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { configMap, Reconciled, readyOf } from '../../support/reconciled.ts';
import { SlipwayProcess } from '../../support/slipway-process.ts';

const NAMESPACE = 'sync-test';
/** Flux's are half a minute. */
const SHORT_LEASE = [
  '--leader-election-lease-duration=4s',
  '--leader-election-renew-deadline=3s',
  '--leader-election-retry-period=500ms',
];
/** Enough to end in, for a process that was asked to. */
const A_SECOND = 1000;

describeWithControlPlane('slipway sync', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    // From here on it is the command that reconciles.
    await cluster.stop();
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
  });

  const auditLog = path.join(folder, 'audit.log');
  const start = (...more: string[]): SlipwayProcess =>
    new SlipwayProcess(
      folder,
      [
        'sync',
        `--namespace=${NAMESPACE}`,
        `--flux-namespace=${NAMESPACE}`,
        `--source=GitRepository/${NAMESPACE}/source=source`,
        `--audit-log=${auditLog}`,
        '--storage-path=command-storage',
        ...SHORT_LEASE,
        ...more,
      ],
      { KUBECONFIG: sandbox().kubeconfig },
    );
  const local = { namespace: NAMESPACE };
  const holders = async () => {
    const leases = await Promise.all(
      ['source-controller', 'kustomize-controller', 'helm-controller'].map((name) =>
        cluster.get('Lease', `${name}-leader-election`, 'coordination.k8s.io'),
      ),
    );
    return leases.map((lease) => (isObject(lease?.spec) ? lease.spec.holderIdentity : undefined));
  };
  const dataOf = async (name: string) => (await cluster.get('ConfigMap', name))?.data;
  const edit = (name: string, data: Record<string, string>) =>
    patchObject(
      cluster.client,
      { group: '', kind: 'ConfigMap', namespace: NAMESPACE, name },
      { data },
      { fieldManager: 'somebody' },
    );

  test('--once brings all to the newest commit and ends with 0', async () => {
    cluster.write({ 'good/a.yaml': configMap('good', { key: 'value' }, local) });
    await cluster.kustomization('good', { wait: true });
    const sync = start('--once');
    expect(await sync.ended()).toBe(0);
    expect(sync.stderr).toBe('');
    expect(await dataOf('good')).toEqual({ key: 'value' });
    expect(sync.stdout).toMatch(/^\d\d:\d\d:\d\d created ConfigMap\/sync-test\/good \(commit, sync-test\/good\)$/m);
    expect(sync.stdout).toMatch(/^\d\d:\d\d:\d\d ready Kustomization\/sync-test\/good sha256:[0-9a-f]{8}$/m);
    // Given back; that of helm-controller was never taken, as HelmReleases are not carried out.
    expect(await holders()).toEqual(['', '', undefined]);
    const entries = [...readAuditLog(auditLog)];
    expect(entries.map(({ operation, cause, object }) => [operation, cause, object.name])).toEqual([
      ['created', 'commit', 'good'],
    ]);
  });

  test('--once ends with 1 and a list where something is not ready', async () => {
    await cluster.kustomization('broken');
    await cluster.kustomization('waits', { path: './good', dependsOn: [{ name: 'broken' }] });
    const sync = start('--once', '-o', 'json');
    expect(await sync.ended()).toBe(1);
    expect(sync.stderr).toBe(
      'not ready: Kustomization/sync-test/broken (failed): The source has no folder "./broken", which spec.path names.\n' +
        "not ready: Kustomization/sync-test/waits (waiting): dependency 'sync-test/broken' is not ready\n",
    );
    const lines = sync.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual({
      time: expect.any(String),
      type: 'result',
      object: { kind: 'Kustomization', namespace: NAMESPACE, name: 'good' },
      result: 'ready',
      revision: expect.stringMatching(/^sha256:/),
      message: '',
    });
    await cluster.delete('Kustomization', 'waits', 'kustomize.toolkit.fluxcd.io');
    await cluster.delete('Kustomization', 'broken', 'kustomize.toolkit.fluxcd.io');
  }, 60_000);

  test('goes on until it is ended, which takes less than a second, and puts right what others change', async () => {
    const sync = start();
    await sync.says('ready Kustomization/sync-test/good');
    await edit('good', { key: 'other' });
    await sync.says('configured ConfigMap/sync-test/good /data/key (drift, sync-test/good)');
    expect(await dataOf('good')).toEqual({ key: 'value' });
    expect(await sync.end('SIGINT')).toBeLessThan(A_SECOND);
    expect(sync.status).toBe(0);
    expect(await holders()).toEqual(['', '', undefined]);
  });

  test('of two only one acts; when that one is killed, the other does so as soon as the leases have run out', async () => {
    const first = start();
    await first.says('ready Kustomization/sync-test/good');
    const second = start();
    await second.says(`Another Slipway, process ${first.pid} on `);
    await edit('good', { key: 'one' });
    await first.says('configured ConfigMap/sync-test/good');
    await first.end('SIGKILL');
    await edit('good', { key: 'two' });
    await second.says('configured ConfigMap/sync-test/good');
    expect(await dataOf('good')).toEqual({ key: 'value' });
    expect(second.stdout.match(/configured/g)).toHaveLength(1);
    expect(await second.end('SIGTERM')).toBeLessThan(A_SECOND);
  }, 60_000);

  test('stops at once and ends with 3 where somebody takes a lease', async () => {
    const sync = start();
    await sync.says('ready Kustomization/sync-test/good');
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await patchObject(
      cluster.client,
      { group: 'coordination.k8s.io', kind: 'Lease', namespace: NAMESPACE, name: 'source-controller-leader-election' },
      { spec: { holderIdentity: 'source-controller-abc_123', renewTime, leaseDurationSeconds: 1 } },
      { fieldManager: 'thief' },
    );
    expect(await sync.ended()).toBe(3);
    expect(sync.stderr).toContain('error kube/lease-lost Lease/sync-test/source-controller-leader-election');
    expect(sync.stderr).toContain('source-controller-abc_123 took it');
    // The one that was not lost is given back.
    expect(await holders()).toEqual(['source-controller-abc_123', '', undefined]);
  });

  test('ended while it waits for another, it takes nothing', async () => {
    const first = start();
    await first.says('ready Kustomization/sync-test/good');
    const second = start();
    await second.says('Another Slipway');
    expect(await second.end('SIGINT')).toBeLessThan(A_SECOND);
    expect(second.status).toBe(0);
    await first.end('SIGINT');
  });

  test('ended at any moment it loses nothing: the next run has all in its inventory', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`many/${index}.yaml`, configMap(`many-${index}`, {}, local)]),
    );
    cluster.write(files);
    await cluster.kustomization('many');
    for (const delay of [0, 150, 300, 450, 600, 750, 900, 1050]) {
      const sync = start();
      await new Promise((resolve) => setTimeout(resolve, delay));
      expect(await sync.end(delay % 300 === 0 ? 'SIGINT' : 'SIGTERM')).toBeLessThan(A_SECOND);
    }
    const sync = start('--once');
    expect(await sync.ended()).toBe(0);
    const status = (await cluster.getKustomization('many'))?.status;
    expect(readyOf(isObject(status) ? status : {})).toMatch(/^True /);
    const inventory = isObject(status) && isObject(status.inventory) ? status.inventory.entries : [];
    expect(inventory).toHaveLength(60);
    fs.rmSync(path.join(folder, 'source/many'), { recursive: true });
    cluster.write({ 'many/kept.yaml': configMap('many-kept', { key: 'value' }, local) });
    const last = start('--once');
    expect(await last.ended()).toBe(0);
    expect(await dataOf('many-kept')).toEqual({ key: 'value' });
    expect(await cluster.get('ConfigMap', 'many-0')).toBeUndefined();
    expect(await cluster.get('ConfigMap', 'many-59')).toBeUndefined();
  }, 120_000);
});
