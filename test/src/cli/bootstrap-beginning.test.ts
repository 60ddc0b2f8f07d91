/** What `slipway bootstrap` makes before a reconciler runs, and when. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  acquireLeases,
  applyObject,
  createClient,
  getObject,
  type KubeClient,
  loadAccess,
} from '../../../src/kube/index.ts';
import { down, type SandboxStatus, up } from '../../../src/sandbox/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { GitWork, serveGit } from '../../support/git-repository.ts';
import { configMap, manifest } from '../../support/reconciled.ts';
import { IDENTITY, OTHER_RECIPIENT, RECIPIENT, seal } from '../../support/sealed.ts';
import { SlipwayProcess } from '../../support/slipway-process.ts';
import { describeWithTool } from '../../support/tools.ts';

const EVERY = { kind: 'encrypted_regex', value: '.' } as const;
const PATIENCE_MS = 180_000;
const NAMESPACE = 'flux-system';
const CREDENTIALS = `Basic ${Buffer.from('ada:canary').toString('base64')}`;

describeWithTool('kube-apiserver', 'slipway bootstrap begins', () => {
  const folder = temporaryFolder();
  const sandboxFolder = path.join(folder, 'sandbox');
  const repository = new GitWork(folder, 'repository');
  let sandbox: SandboxStatus;
  let client: KubeClient;
  let url: string;
  let said = '';

  beforeAll(async () => {
    ({ url } = await serveGit(folder, {
      instead: (request, response) => {
        if (request.headers.authorization === CREDENTIALS) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return true;
      },
    }));
    sandbox = await up(sandboxFolder, { env: process.env, log: () => undefined });
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox.kubeconfig }), { env: {} });
  }, PATIENCE_MS);
  afterAll(async () => {
    client.close();
    await down(sandboxFolder);
  }, PATIENCE_MS);

  const start = (env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
    new SlipwayProcess(
      folder,
      ['bootstrap', 'repository', '--entry=entry', '--storage-path=artifacts', '--audit-log=audit.log', ...more],
      { KUBECONFIG: sandbox.kubeconfig, ...env },
    );
  const get = (kind: string, name: string, group = '') =>
    getObject(client, { group, kind, namespace: NAMESPACE, name });

  /** A repository that only its own credentials open, which are in it, encrypted. */
  async function commit(recipient: string): Promise<void> {
    const metadata = { name: 'repository', namespace: NAMESPACE };
    const login = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n  namespace: ${NAMESPACE}\nstringData:\n  username: ada\n  password: canary\n`;
    repository.commit({
      'entry/repository.yaml': manifest({
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata,
        spec: { url: `${url}/repository`, interval: '10m', ref: { branch: 'main' }, secretRef: { name: 'login' } },
      }),
      'entry/cluster.yaml': manifest({
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata,
        spec: {
          path: './cluster',
          prune: true,
          interval: '10m',
          sourceRef: { kind: 'GitRepository', name: 'repository' },
          decryption: { provider: 'sops', secretRef: { name: 'age-key' } },
          postBuild: { substituteFrom: [{ kind: 'Secret', name: 'generated' }] },
        },
      }),
      'cluster/kustomization.yaml': `resources: [login.yaml, config.yaml]
secretGenerator: [{ name: generated, namespace: ${NAMESPACE}, envs: [generated.env] }]
generatorOptions: { disableNameSuffixHash: true }
`,
      'cluster/login.yaml': await seal(login, { recipients: [recipient] }),
      'cluster/generated.env': await seal('FILLED=in\n', { recipients: [recipient], rule: EVERY, format: 'dotenv' }),
      'cluster/config.yaml': configMap('config', { key: '${FILLED}' }, { namespace: NAMESPACE }),
    });
  }

  test(
    'with nothing while others hold the leases: neither the kinds nor a namespace',
    async () => {
      await commit(RECIPIENT);
      await applyObject(
        client,
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
        { fieldManager: 'test' },
      );
      const held = await acquireLeases(client, {
        namespace: NAMESPACE,
        names: ['source-controller-leader-election', 'kustomize-controller-leader-election'],
        identity: 'kustomize-controller-abc_123',
      });
      const kind = () =>
        get('CustomResourceDefinition', 'kustomizations.kustomize.toolkit.fluxcd.io', 'apiextensions.k8s.io');
      const bootstrap = start({ SOPS_AGE_KEY: IDENTITY });
      await bootstrap.says(`holds the lease ${NAMESPACE}/kustomize-controller-leader-election`);
      // As long as the rest of it takes where it does not wait.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await kind()).toBeUndefined();
      expect((await get('Namespace', NAMESPACE))?.metadata.labels).not.toHaveProperty(
        'kustomize.toolkit.fluxcd.io/name',
      );
      await held.release();
      expect([await bootstrap.ended(), bootstrap.stderr]).toEqual([0, expect.any(String)]);
      said = `${bootstrap.stdout}${bootstrap.stderr}`;
      expect(await kind()).toBeDefined();
    },
    PATIENCE_MS,
  );

  test('with the credentials of its source, which it decrypts in memory, and shows nowhere', async () => {
    expect((await get('Secret', 'login'))?.data).toEqual({
      username: Buffer.from('ada').toString('base64'),
      password: Buffer.from('canary').toString('base64'),
    });
    expect((await get('ConfigMap', 'config'))?.data).toEqual({ key: 'in' });
    expect(said).toContain('created Secret/flux-system/login');
    expect(`${said}${readFileSync(path.join(folder, 'audit.log'), 'utf8')}`).not.toMatch(/canary|Y2FuYXJ5/);
  });

  test(
    'without those that no key here opens: it says so, and applies no ciphertext',
    async () => {
      await commit(OTHER_RECIPIENT);
      const bootstrap = start({}, '--without-key', '--source=GitRepository/flux-system/repository=repository');
      await bootstrap.ended();
      for (const name of ['login', 'generated']) {
        expect(bootstrap.stderr).toContain(`Secret/flux-system/${name} is encrypted, and no identity here opens it`);
      }
      expect((await get('Secret', 'generated'))?.data).toEqual({ FILLED: Buffer.from('in').toString('base64') });
      expect((await get('Secret', 'login'))?.data).toHaveProperty('password', Buffer.from('canary').toString('base64'));
    },
    PATIENCE_MS,
  );
});
