import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isList, isObject, type JsonObject } from '../../../../src/manifest/index.ts';
import { deleteObject, patchObject } from '../../../../src/kube/index.ts';
import { describeWithControlPlane } from '../../../support/control-plane.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { GitWork } from '../../../support/git-repository.ts';
import { layProject, slipway } from '../../../support/project.ts';
import { configMap, manifest, Reconciled } from '../../../support/reconciled.ts';
import { runOn } from '../../../support/run-command.ts';

const NAMESPACE = 'status-test';
/** Nobody keeps what is in it: what its objects say was written by the tests, as Flux's controllers write it. */
const FLUX = 'status-test-flux';

describeWithControlPlane('slipway status', (sandbox) => {
  const folder = temporaryFolder();
  const empty = temporaryFolder();
  const project = temporaryFolder();
  const repository = new GitWork(temporaryFolder(), 'repo');
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: FLUX } });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  /** What is told as data of an object. */
  async function dataOf(kind: string, namespace: string, name: string, cwd = empty): Promise<JsonObject> {
    const { stdout } = await runOn(sandbox(), cwd, 'status', `${kind}/${namespace}/${name}`, '-o', 'json');
    const told = JSON.parse(stdout) as JsonObject;
    const [one] = isList(told.objects) ? told.objects.filter(isObject) : [];
    return one ?? {};
  }

  /** An object in the namespace that nobody keeps. */
  async function flux(kind: string, name: string, spec: JsonObject, status: JsonObject): Promise<void> {
    const [group, version] =
      kind === 'HelmRelease' ? ['helm', 'v2'] : kind === 'Kustomization' ? ['kustomize', 'v1'] : ['source', 'v1'];
    const metadata = { name, namespace: FLUX };
    await cluster.apply({ apiVersion: `${group}.toolkit.fluxcd.io/${version}`, kind, metadata, spec });
    const reference = { group: `${group}.toolkit.fluxcd.io`, kind, ...metadata };
    const options = { fieldManager: 'gotk-controller', subresource: 'status' };
    await patchObject(cluster.client, reference, { status }, options);
  }

  const condition = (type: string, status: string, reason: string, message: string): JsonObject => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration: 1,
  });
  const kustomizationSpec = {
    interval: '10m',
    path: './x',
    prune: true,
    sourceRef: { kind: 'GitRepository', name: 'repo' },
  };

  test('tells of an object that is ready what it has reached, and ends with 0', async () => {
    await cluster.push({ 'site/a.yaml': configMap('site', {}, local) });
    await cluster.kustomization('site');
    const { lastAppliedRevision } = await cluster.ready('site');
    const { status, stdout } = await runOn(sandbox(), empty, 'status', `ks/${NAMESPACE}/site`);
    expect(stdout).toMatch(/^✓ Kustomization\/status-test\/site {2}ready for \d+s, at sha256:[0-9a-f]{8}\n/);
    expect(status).toBe(0);
    expect(await dataOf('Kustomization', NAMESPACE, 'site')).toMatchObject({
      state: 'ready',
      revision: lastAppliedRevision,
    });
  });

  test('tells why one failed, and what to do, and ends with 1', async () => {
    await cluster.push({ 'refused/a.yaml': configMap('Not_A_Name', {}, local) });
    await cluster.kustomization('refused');
    await cluster.failed('refused', 'ReconciliationFailed');
    const { status, stdout } = await runOn(sandbox(), empty, 'status', `ks/${NAMESPACE}/refused`);
    expect(status).toBe(1);
    expect(stdout).toContain('✗ Kustomization/status-test/refused  failed for ');
    expect(stdout).toContain(
      '  status     ReconciliationFailed: ConfigMap/status-test/Not_A_Name apply failed (Invalid)',
    );
    expect(stdout).toContain('  to do      Mend what the API server refuses');
  });

  test('names the objects that are not well', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'pending', ...local },
      spec: {
        selector: { matchLabels: { app: 'pending' } },
        template: { metadata: { labels: { app: 'pending' } }, spec: { containers: [{ name: 'main', image: 'none' }] } },
      },
    };
    await cluster.push({ 'unwell/a.yaml': manifest(deployment) });
    await cluster.kustomization('unwell', { wait: true, timeout: '30s' });
    await cluster.status('unwell', (status) => JSON.stringify(status).includes('Running health checks'));
    expect(await dataOf('Kustomization', NAMESPACE, 'unwell')).toMatchObject({
      state: 'progressing',
      notWell: [{ kind: 'Deployment', name: 'pending', status: 'InProgress', message: 'Available: 0/1' }],
    });
    await cluster.deleteKustomization('unwell');
  });

  test('tells what one waits for', async () => {
    await cluster.push({ 'late/a.yaml': configMap('late', {}, local) });
    await cluster.kustomization('late', { dependsOn: [{ name: 'refused' }] });
    await cluster.failed('late', 'DependencyNotReady');
    expect(await dataOf('ks', NAMESPACE, 'late')).toMatchObject({
      state: 'waiting',
      waitsFor: [{ kind: 'Kustomization', namespace: NAMESPACE, name: 'refused', why: 'is not ready' }],
    });
  });

  test('reads what Flux’s own controllers write, and tells the commit from git', async () => {
    const hash = repository.commit({ 'a.txt': 'a' });
    const revision = `main@sha1:${hash}`;
    const stored = `stored artifact for revision '${revision}'`;
    await flux(
      'GitRepository',
      'repo',
      { interval: '1m', url: 'https://git.example.org/repo.git' },
      {
        observedGeneration: 1,
        conditions: [
          condition('Ready', 'True', 'Succeeded', stored),
          condition('ArtifactInStorage', 'True', 'Succeeded', stored),
        ],
        artifact: {
          digest: `sha256:${'a'.repeat(64)}`,
          lastUpdateTime: '2026-01-01T00:00:00Z',
          path: 'gitrepository/x/repo/a.tar.gz',
          revision,
          url: 'http://source-controller.flux-system.svc.cluster.local./gitrepository/x/repo/a.tar.gz',
        },
      },
    );
    await flux('Kustomization', 'failing', kustomizationSpec, {
      observedGeneration: -1,
      lastAttemptedRevision: revision,
      conditions: [
        condition('Reconciling', 'True', 'ProgressingWithRetry', 'Building manifests'),
        condition('Ready', 'False', 'BuildFailed', 'kustomize build failed: accumulating resources'),
      ],
    });
    expect(await dataOf('GitRepository', FLUX, 'repo')).toMatchObject({ state: 'ready', revision });
    expect(await dataOf('Kustomization', FLUX, 'failing', repository.folder)).toMatchObject({
      state: 'failed',
      reason: 'BuildFailed',
      since: '2026-01-01T00:00:00Z',
      commit: { hash, author: 'Ada <ada@example.com>', subject: 'change' },
    });
    // Elsewhere nobody knows more of it than its hash.
    expect(await dataOf('Kustomization', FLUX, 'failing')).toMatchObject({ commit: { hash } });
  });

  test('tells the version of the chart that a HelmRelease has reached', async () => {
    const chart = { spec: { chart: 'web', version: '1.x', sourceRef: { kind: 'HelmRepository', name: 'charts' } } };
    await flux(
      'HelmRelease',
      'released',
      { interval: '1h', chart },
      {
        observedGeneration: 1,
        conditions: [condition('Ready', 'True', 'UpgradeSucceeded', 'Helm upgrade succeeded')],
        history: [
          {
            name: 'released',
            namespace: FLUX,
            version: 2,
            status: 'deployed',
            chartName: 'web',
            chartVersion: '1.4.2',
            configDigest: `sha256:${'b'.repeat(64)}`,
            digest: `sha256:${'c'.repeat(64)}`,
            firstDeployed: '2026-01-01T00:00:00Z',
            lastDeployed: '2026-01-01T00:00:00Z',
          },
        ],
      },
    );
    expect(await dataOf('hr', FLUX, 'released')).toMatchObject({ state: 'ready', revision: '1.4.2' });
  });

  test('says of what no controller has looked at that nobody carries it out', async () => {
    await flux('HelmRepository', 'untouched', { interval: '1h', url: 'https://charts.example.org' }, {});
    const { status, stdout } = await runOn(sandbox(), empty, 'status', `helmrepo/${FLUX}/untouched`);
    expect(stdout).toMatch(/^\? HelmRepository\/status-test-flux\/untouched {2}unattended/);
    expect(stdout).toContain('  to do      Start what carries it out');
    expect(status).toBe(1);
  });

  test('leads to the file of the tree and the line of TypeScript', async () => {
    layProject(project, 'shop');
    expect(slipway(project, 'synth').status).toBe(0);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } });
    const metadata = { name: 'shop', namespace: 'flux-system' };
    await cluster.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata,
      spec: kustomizationSpec,
    });
    const options = ['--kubeconfig', sandbox().kubeconfig, '-o', 'json'];
    const { stdout } = slipway(project, 'status', 'ks/flux-system/shop', ...options);
    const line =
      fs
        .readFileSync(path.join(project, 'main.ts'), 'utf8')
        .split('\n')
        .findIndex((one) => one.includes('new Application(')) + 1;
    const [told] = (JSON.parse(stdout) as { objects: { file: string; source: string[] }[] }).objects;
    expect(told?.file).toBe('kubernetes/apps/web/shop/ks.yaml');
    expect(told?.source[0]).toMatch(new RegExp(`^main\\.ts:${line}:\\d+$`));
    await deleteObject(cluster.client, { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', ...metadata });
  });

  test('says what else may have been meant, and refuses what is no object', async () => {
    const wrong = await runOn(sandbox(), empty, 'status', `ks/${NAMESPACE}/refusd`);
    expect(wrong.status).toBe(1);
    // Other tests of this control plane may have one of that name too.
    expect(wrong.stderr).toMatch(new RegExp(`Did you mean .*Kustomization/${NAMESPACE}/refused\\b`));
    expect((await runOn(sandbox(), empty, 'status', 'site')).status).toBe(2);
    expect((await runOn(sandbox(), empty, 'status', 'Deployment/web/site')).stderr).toContain('slipway explain');
    expect((await runOn(sandbox(), empty, 'status', 'a/b', 'c/d')).status).toBe(2);
  });
});
