/** What all contestants are given: a new control plane with Flux's definitions, and a repository on its git server. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { applyObject, createClient, type KubeClient, loadAccess } from '../../src/kube/index.ts';
import { isObject, type JsonObject, readDocuments } from '../../src/manifest/index.ts';
import { down, up } from '../../src/sandbox/index.ts';
import { CHAIN, manifestsOf, namesOf } from './objects.ts';
import { until } from './until.ts';

export interface Cluster {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  /** For what a contestant keeps and says. */
  readonly folder: string;
  /** URL of the repository. */
  readonly git: string;
  /** Pushes a commit that changes none of the manifests. Returns its hash. */
  readonly pushUnrelated: () => string;
}

export const FIELD_MANAGER = 'bench';
const DEFINITIONS = path.resolve(import.meta.dirname, '../../imports/crds');

/** Runs `work` on a control plane of its own, which is ended and deleted after it, also when the bench is interrupted. */
export async function withCluster<T>(count: number, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  const sandbox = path.join(folder, 'sandbox');
  const end = async (): Promise<void> => {
    await down(sandbox);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const interrupted = (): void => {
    void end().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const repository = path.join(folder, 'repository');
    writeRepository(repository, count);
    const { kubeconfig, git } = await up(sandbox, { env: process.env, repository, log: () => undefined });
    const client = createClient(loadAccess({ env: {}, kubeconfig }), { env: {} });
    try {
      await defineKinds(client);
      return await work({
        client,
        kubeconfig,
        folder,
        git,
        pushUnrelated: () => {
          commit(repository, 'README.md', `${performance.now()}\n`);
          runGit(repository, 'push', '--quiet', git, 'HEAD:main');
          return runGit(repository, 'rev-parse', 'HEAD').trim();
        },
      });
    } finally {
      client.close();
    }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await end();
  }
}

function writeRepository(repository: string, count: number): void {
  for (const name of [...namesOf(count), ...CHAIN]) {
    const folder = path.join(repository, 'apps', name);
    fs.mkdirSync(folder, { recursive: true });
    for (const object of manifestsOf(name)) {
      // JSON is YAML, and as quick to read for all.
      fs.writeFileSync(path.join(folder, `${object.kind.toLowerCase()}.yaml`), JSON.stringify(object, null, 2));
    }
  }
  runGit(repository, 'init', '--quiet', '--template=', '--initial-branch=main');
  commit(repository, 'README.md', 'bench\n');
}

function commit(repository: string, file: string, text: string): void {
  fs.writeFileSync(path.join(repository, file), text);
  runGit(repository, 'add', '--all');
  runGit(repository, '-c', 'user.name=bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '-m', 'bench');
}

function runGit(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function defineKinds(client: KubeClient): Promise<void> {
  const files = fs.readdirSync(DEFINITIONS).map((name) => fs.readFileSync(path.join(DEFINITIONS, name)));
  const definitions = files.flatMap((file) => readDocuments(file).map(({ value }) => value)).filter(isObject);
  for (const definition of definitions) await applyObject(client, definition, { fieldManager: FIELD_MANAGER });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } };
  await applyObject(client, namespace, { fieldManager: FIELD_MANAGER });
  const kinds = definitions.map(kindOf);
  await until('the definitions are served', async () => {
    await client.discovery.refresh();
    const served = new Set((await client.discovery.list()).map(({ group, kind }) => `${group}/${kind}`));
    return kinds.every((kind) => served.has(kind));
  });
}

function kindOf({ spec }: JsonObject): string {
  const { group, names } = isObject(spec) ? spec : {};
  const { kind } = isObject(names) ? names : {};
  if (typeof group === 'string' && typeof kind === 'string') return `${group}/${kind}`;
  throw new Error('A definition names its kind.');
}
