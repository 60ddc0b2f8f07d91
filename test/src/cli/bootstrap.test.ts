import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyObject, createClient, getObject, type KubeClient, loadAccess } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { down, type SandboxStatus, up } from '../../../src/sandbox/index.ts';
import { IDENTITY, OTHER_RECIPIENT, RECIPIENT, seal } from '../../support/sealed.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { configMap, manifest } from '../../support/reconciled.ts';
import { SlipwayProcess } from '../../support/slipway-process.ts';
import { describeWithTool } from '../../support/tools.ts';

const PATIENCE_MS = 180_000;

/** A Flux Kustomization of a folder below `apps/`. */
function kustomization(name: string, spec: JsonObject = {}): string {
  return manifest({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      path: `./apps/${name}`,
      prune: true,
      wait: true,
      interval: '10m',
      sourceRef: { kind: 'GitRepository', name: 'repository' },
      ...spec,
    },
  });
}

/** A repository whose cluster is these Kustomizations, each in a file below `cluster/`. */
function repository(files: Readonly<Record<string, string>>): Record<string, string> {
  return {
    'entry/repository.yaml': manifest({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'repository', namespace: 'flux-system' },
      spec: { url: 'https://example.invalid/repository.git', interval: '10m', ref: { branch: 'main' } },
    }),
    'entry/cluster.yaml': kustomization('cluster', { path: './cluster', wait: false }),
    ...files,
  };
}

const inWeb = { namespace: 'web' };
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

describeWithTool('kube-apiserver', 'slipway bootstrap', () => {
  const folder = temporaryFolder();
  const sandboxFolder = path.join(folder, 'sandbox');
  let sandbox: SandboxStatus;
  let client: KubeClient;

  beforeAll(async () => {
    sandbox = await up(sandboxFolder, { env: process.env, log: () => undefined });
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox.kubeconfig }), { env: {} });
  }, PATIENCE_MS);
  afterAll(async () => {
    client.close();
    await down(sandboxFolder);
  }, PATIENCE_MS);

  const start = (name: string, env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
    new SlipwayProcess(
      folder,
      [
        'bootstrap',
        name,
        '--entry=entry',
        `--source-dir=${name}`,
        '--storage-path=artifacts',
        '--audit-log=audit.log',
        ...more,
      ],
      { KUBECONFIG: sandbox.kubeconfig, ...env },
    );
  const get = (kind: string, name: string, namespace = 'web', group = '') =>
    getObject(client, { group, kind, namespace, name });

  const good = repository({
    'cluster/web.yaml': manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }),
    // Named so that an order by name would be wrong.
    'cluster/a.yaml': kustomization('a-things', { dependsOn: [{ name: 'z-kinds' }] }),
    'cluster/z.yaml': kustomization('z-kinds'),
    'apps/z-kinds/crd.yaml': manifest(CRD),
    'apps/a-things/thing.yaml': manifest({
      apiVersion: 'example.org/v1',
      kind: 'Thing',
      metadata: { name: 'thing', ...inWeb },
    }),
  });

  test(
    'brings a bare cluster to what the repository says, and is safe to kill and to run again',
    async () => {
      writeFiles(path.join(folder, 'good'), good);
      for (const delay of [700, 1200, 1700]) {
        const killed = start('good');
        await new Promise((resolve) => setTimeout(resolve, delay));
        await killed.end('SIGTERM');
      }
      const bootstrap = start('good');
      expect([await bootstrap.ended(), bootstrap.stderr]).toEqual([
        0,
        expect.stringMatching(/^Every Kustomization is ready\. .*`slipway sync` does\.\n$/m),
      ]);
      expect(await get('Thing', 'thing', 'web', 'example.org')).toBeDefined();
      const again = start('good');
      expect(await again.ended()).toBe(0);
      expect(again.stdout).not.toMatch(/created|configured|deleted/);
    },
    PATIENCE_MS,
  );

  test(
    'is stopped by none of what is wrong with one part of the tree, and says of each what and why',
    async () => {
      await refuseByWebhook(client);
      writeFiles(path.join(folder, 'bad'), {
        ...good,
        'cluster/broken.yaml': kustomization('broken'),
        'apps/broken/kustomization.yaml': 'resources: [missing.yaml]\n',
        'cluster/refused.yaml': kustomization('refused'),
        'apps/refused/a.yaml': configMap('beside', {}, inWeb),
        'apps/refused/b.yaml': manifest({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'refused', ...inWeb },
          spec: { ports: [{ port: 0 }] },
        }),
        'cluster/large.yaml': kustomization('large'),
        'apps/large/a.yaml': configMap('large', { key: 'x'.repeat(2_000_000) }, inWeb),
        'cluster/stuck.yaml': kustomization('stuck'),
        // Its names are those of another kind of the group.
        'apps/stuck/crd.yaml': manifest({
          ...CRD,
          metadata: { name: 'others.example.org' },
          spec: { ...CRD.spec, names: { plural: 'others', kind: 'Thing' } },
        }),
        'cluster/webhook.yaml': kustomization('webhook'),
        'apps/webhook/a.yaml': configMap('rejected', {}, { ...inWeb, labels: { reject: 'yes' } }),
        'cluster/release.yaml': kustomization('release'),
        'apps/release/a.yaml': manifest({
          apiVersion: 'helm.toolkit.fluxcd.io/v2',
          kind: 'HelmRelease',
          metadata: { name: 'release', ...inWeb },
          spec: { interval: '1h', chartRef: { kind: 'OCIRepository', name: 'chart' } },
        }),
        'cluster/waits.yaml': kustomization('waits', { path: './apps/refused', dependsOn: [{ name: 'release' }] }),
        'cluster/elsewhere.yaml': kustomization('elsewhere', { sourceRef: { kind: 'GitRepository', name: 'outside' } }),
        'cluster/outside.yaml': manifest({
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'GitRepository',
          metadata: { name: 'outside', namespace: 'flux-system' },
          spec: { url: 'https://127.0.0.1:1/outside.git', interval: '10m' },
        }),
      });
      const bootstrap = start('bad');
      expect(await bootstrap.ended()).toBe(1);
      const said = bootstrap.stderr;
      const expected: Readonly<Record<string, RegExp>> = {
        broken: /missing\.yaml/,
        refused: /Service\/web\/refused.*ports\[0\]\.port/s,
        large: /ConfigMap\/web\/large.*(too large|Too long|larger)/s,
        stuck: /others\.example\.org/,
        webhook: /ConfigMap\/web\/rejected.*webhook/s,
        release: /HelmRelease\/web\/release, and slipway does not carry out HelmReleases/,
        waits: /dependency 'flux-system\/release' is not ready/,
        elsewhere: /artifact/,
      };
      for (const [name, why] of Object.entries(expected)) {
        const at = said.indexOf(`not ready: Kustomization/flux-system/${name} `);
        expect([name, at >= 0 ? said.slice(at, said.indexOf('\nnot ready: ', at + 1)) : said]).toEqual([
          name,
          expect.stringMatching(why),
        ]);
      }
      expect(said).toMatch(/not ready: GitRepository\/flux-system\/outside \(failed\): .*127\.0\.0\.1/);
      expect(said.match(/^not ready: /gm)).toHaveLength(Object.keys(expected).length + 1);
      expect(said).toContain('9 are not ready, listed above.');
      // What is right beside it is there.
      expect(await get('ConfigMap', 'beside')).toBeDefined();
      expect(await get('Thing', 'thing', 'web', 'example.org')).toBeDefined();
    },
    PATIENCE_MS,
  );

  test(
    'puts the identities that open the tree into the cluster, and no others; without one it says so and does nothing',
    async () => {
      const secret = (recipients: readonly string[]) =>
        seal(
          'apiVersion: v1\nkind: Secret\nmetadata:\n  name: sealed\n  namespace: web\nstringData:\n  key: canary\n',
          { recipients },
        );
      const files = {
        ...good,
        'cluster/sealed.yaml': kustomization('sealed', {
          decryption: { provider: 'sops', secretRef: { name: 'age-key' } },
        }),
      };
      writeFiles(path.join(folder, 'sealed'), { ...files, 'apps/sealed/a.yaml': await secret([RECIPIENT]) });
      writeFiles(path.join(folder, 'foreign'), { ...files, 'apps/sealed/a.yaml': await secret([OTHER_RECIPIENT]) });
      const foreign = start('foreign', { SOPS_AGE_KEY: IDENTITY });
      expect(await foreign.ended()).toBe(3);
      expect(foreign.stderr).toMatch(/^error bootstrap\/no-key Secret\/flux-system\/age-key\n/);
      expect(foreign.stderr).toMatch(/SOPS_AGE_KEY_FILE.*--without-key/);
      expect(await get('Kustomization', 'sealed', 'flux-system', 'kustomize.toolkit.fluxcd.io')).toBeUndefined();

      const bootstrap = start('sealed', { SOPS_AGE_KEY: `${IDENTITY} ${await otherIdentity()}` });
      await bootstrap.ended();
      const made = await get('Secret', 'age-key', 'flux-system');
      expect(made?.data).toEqual({ 'age.agekey': Buffer.from(`${IDENTITY}\n`).toString('base64') });
      expect(`${bootstrap.stdout}${bootstrap.stderr}`).not.toContain('AGE-SECRET-KEY');

      // What it begins with is not encrypted, and the cluster has the key: nobody is asked for it again.
      const asked = path.join(folder, 'asked');
      const again = start('sealed', { SOPS_AGE_KEY_CMD: `touch ${asked}` });
      await again.says('ready Kustomization/flux-system/cluster');
      await again.end('SIGTERM');
      expect(existsSync(asked)).toBe(false);
    },
    PATIENCE_MS,
  );
});

async function otherIdentity(): Promise<string> {
  const { generateX25519Identity } = await import('age-encryption');
  return generateX25519Identity();
}

/** A webhook that nobody answers for, of ConfigMaps with a label; ends when it is at work. */
async function refuseByWebhook(client: KubeClient): Promise<void> {
  const fieldManager = 'test';
  await applyObject(
    client,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'rejects' },
      webhooks: [
        {
          name: 'rejects.example.org',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
          objectSelector: { matchLabels: { reject: 'yes' } },
          failurePolicy: 'Fail',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
    { fieldManager },
  );
  const probe = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'probe', namespace: 'default', labels: { reject: 'yes' } },
  };
  for (;;) {
    const isTaken = await applyObject(client, probe, { fieldManager, dryRun: true }).then(
      () => true,
      () => false,
    );
    if (!isTaken) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
