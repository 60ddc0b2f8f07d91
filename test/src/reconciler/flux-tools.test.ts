/**
 * What the flux command, kubectl and dashboards for Flux read of a cluster that Slipway keeps. kubectl is the real one; of
 * the flux command each test has the fields that it reads (fluxcd/flux2, cmd/flux), with the function that reads them.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { findSandboxProgram } from '../../../src/sandbox/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, manifest, readyOf, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'flux-tools-test';
const KUSTOMIZATION = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' };
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

describeWithControlPlane('tools for Flux', (sandbox) => {
  const folder = temporaryFolder();
  const program = findSandboxProgram('kubectl', process.env);
  if (program === undefined) process.stderr.write('skipped, as kubectl is not built: kubectl on what Slipway keeps\n');
  const testWithKubectl = program === undefined ? test.skip : test;
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };
  const kubectl = (...args: readonly string[]): string => {
    const all = ['--kubeconfig', sandbox().kubeconfig, '--namespace', NAMESPACE, ...args];
    const { stdout, stderr } = spawnSync(program ?? '', all, { encoding: 'utf8', env: { HOME: folder } });
    return stdout + stderr;
  };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'slipway:a:b', ...local },
      rules: [],
    };
    const child = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'child', ...local },
      spec: { interval: '10m', path: './child', prune: true, sourceRef: { kind: 'GitRepository', name: 'source' } },
    };
    await cluster.push({
      'tools/a.yaml': configMap('read', {}, local),
      'tools/b.yaml': manifest(role),
      'tools/c.yaml': manifest(child),
      'child/a.yaml': configMap('below', {}, local),
      'failing/a.yaml': configMap('Not_A_Name', {}, local),
    });
    await cluster.kustomization('tools');
    await cluster.ready('tools');
    await cluster.ready('child');
    await cluster.kustomization('failing', { retryInterval: '1h' });
    await cluster.failed('failing', 'ReconciliationFailed');
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('flux get: the Ready condition, the revision, and that of the artifact of a source', async () => {
    const revision = await cluster.revision();
    // get_kustomization.go: summariseItem; get.go: statusAndMessage.
    const status = await cluster.ready('tools');
    expect([status.lastAppliedRevision, readyOf(status)]).toEqual([
      revision,
      `True ReconciliationSucceeded: Applied revision: ${String(revision)}`,
    ]);
    expect(readyOf(await cluster.failed('failing', 'ReconciliationFailed'))).toContain('Not_A_Name');
    // get_source_git.go: summariseItem.
    const source = await cluster.get('GitRepository', 'source', 'source.toolkit.fluxcd.io');
    expect(source?.status).toMatchObject({ artifact: { revision }, observedGeneration: 1 });
    expect(conditionOf(source?.status as JsonObject, 'Ready')).toMatch(
      /^True Succeeded: stored artifact for revision '/,
    );
  });

  test('flux tree: an inventory whose ids cli-utils reads, colons in the names of roles included', async () => {
    // tree_kustomization.go: object.ParseObjMetadata of each id.
    const { inventory } = await cluster.ready('tools');
    const entries = isObject(inventory) && Array.isArray(inventory.entries) ? inventory.entries : [];
    expect(entries.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([
      { id: 'flux-tools-test_child_kustomize.toolkit.fluxcd.io_Kustomization', v: 'v1' },
      { id: 'flux-tools-test_read__ConfigMap', v: 'v1' },
      { id: 'flux-tools-test_slipway__a__b_rbac.authorization.k8s.io_Role', v: 'v1' },
    ]);
  });

  test('flux trace: the labels of an object, and when its Kustomization and source became what they are', async () => {
    // trace.go: isManagedByFlux, traceKustomization.
    const object = await cluster.get('ConfigMap', 'read');
    expect(object?.metadata.labels).toMatchObject({
      'kustomize.toolkit.fluxcd.io/name': 'tools',
      'kustomize.toolkit.fluxcd.io/namespace': NAMESPACE,
    });
    const source = await cluster.get('GitRepository', 'source', 'source.toolkit.fluxcd.io');
    const statuses = [await cluster.ready('tools'), isObject(source?.status) ? source.status : {}];
    for (const { conditions } of statuses) {
      const ready = Array.isArray(conditions)
        ? conditions.filter(isObject).find(({ type }) => type === 'Ready')
        : undefined;
      expect(ready?.lastTransitionTime).toMatch(TIME);
    }
  });

  test('flux reconcile: the request is handled, and kstatus finds the object current', async () => {
    // reconcile.go: requestReconciliation, reconciliationHandled.
    await cluster.request(KUSTOMIZATION, 'tools');
    const object = await cluster.getKustomization('tools');
    const annotations = isObject(object?.metadata.annotations) ? object.metadata.annotations : {};
    const asked = annotations['reconcile.fluxcd.io/requestedAt'];
    const status = await cluster.status('tools', ({ lastHandledReconcileAt }) => lastHandledReconcileAt === asked);
    expect(status.observedGeneration).toBe(object?.metadata.generation);
    expect([conditionOf(status, 'Reconciling'), conditionOf(status, 'Stalled')]).toEqual(['', '']);
  });

  test('flux events: an event names the object, its kind and who tells of it', async () => {
    // events.go: getEventRow, ignoreEvent.
    await cluster.until('the event', async () => (await cluster.events('failing')).length > 0);
    expect(await cluster.events('failing')).toEqual([expect.stringMatching(/^Warning ReconciliationFailed /)]);
  });

  testWithKubectl('kubectl wait ends when a Kustomization is ready, and kubectl get shows its columns', async () => {
    await cluster.ready('tools');
    expect(kubectl('wait', 'kustomization/tools', '--for=condition=Ready', '--timeout=30s')).toBe(
      'kustomization.kustomize.toolkit.fluxcd.io/tools condition met\n',
    );
    expect(kubectl('get', 'ks', 'tools', '--no-headers')).toMatch(/^tools +\S+ +True +Applied revision: sha256:/);
    expect(kubectl('get', 'gitrepo', 'source', '--no-headers')).toMatch(/ True +stored artifact for revision /);
  });
});
