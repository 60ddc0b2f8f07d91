/**
 * `npm run sandbox [-- --dir DIR]`: this repository's cluster on this machine, from nothing: the real control plane, a bootstrap from the
 * sandbox's git server with the demo key, and a continuous sync with the live view.
 */
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { main } from '../src/cli/index.ts';
import { formatError, SlipwayError } from '../src/errors.ts';
import { formatIdentity, identityOf, isObject, readDocuments } from '../src/manifest/index.ts';
import { findSandboxProgram, type SandboxStatus, up } from '../src/sandbox/index.ts';
import { buildPrograms } from './tools/build-programs.ts';
import { progressOn } from './tools/progress.ts';
import { choosePrograms } from './tools/programs.ts';

const PROJECT = join(import.meta.dirname, '..');
const { dir } = parseArgs({ options: { dir: { type: 'string' } } }).values;
const FOLDER = dir === undefined ? join(PROJECT, '.slipway/sandbox') : resolve(dir);
const NEEDED = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'kubectl'];
const NODES = 3;

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof SlipwayError)) throw error;
  console.error(formatError(error));
  process.exitCode = error.exitStatus;
}

async function run(): Promise<number> {
  const missing = NEEDED.filter((name) => findSandboxProgram(name, process.env) === undefined);
  if (missing.length > 0) {
    console.log(`Building ${missing.join(', ')} from source, once; that takes some minutes.`);
    await buildPrograms(choosePrograms(missing), { progress: progressOn(process.stderr) });
  }
  const status = await up(FOLDER, {
    env: process.env,
    repository: PROJECT,
    nodes: NODES,
    log: (line) => {
      console.log(line);
    },
  });
  // However it ends, Ctrl-C included.
  process.once('exit', () => {
    const down = `npx slipway sandbox down${dir === undefined ? '' : ` --dir ${dir}`}`;
    console.log(`\nThe sandbox is still there: \`npm run sandbox\` goes on with it, \`${down}\` takes it down.`);
  });
  const env = {
    ...process.env,
    KUBECONFIG: status.kubeconfig,
    SOPS_AGE_KEY_FILE: join(PROJECT, 'sandbox/demo-age-key.txt'),
  };
  const { stdin, stdout, stderr } = process;
  const io = { cwd: PROJECT, env, stdin, stdout, stderr };
  const common = [`--source=${ownRepository()}=${status.git}`, `--storage-path=${join(FOLDER, 'artifacts')}`];
  console.log(`\nslipway bootstrap, from ${status.git}\n`);
  const bootstrapped = await main(['bootstrap', ...common], io);
  // 1: some are not ready, which is so where HelmReleases and other places would be needed.
  return bootstrapped > 1 ? bootstrapped : keepOn(status, common, io);
}

async function keepOn(
  status: SandboxStatus,
  common: readonly string[],
  io: Parameters<typeof main>[1],
): Promise<number> {
  const kubeconfig = relative(process.cwd(), status.kubeconfig);
  console.log(`
slipway sync, until Ctrl-C. In another terminal:

  export KUBECONFIG=${kubeconfig}
  kubectl -n flux-system scale deployment notification-controller --replicas=5   is put right at once
  git push ${status.git} HEAD:main   arrives in some seconds
  npx slipway status
`);
  return main(['sync', ...common], io);
}

/** The GitRepository that this repository is, as `slipway sync --source` has it. */
function ownRepository(): string {
  const file = join(PROJECT, 'kubernetes/flux/config/cluster.yaml');
  const objects = readDocuments(readFileSync(file), { file }).map(({ value }) => value);
  const own = objects.filter(isObject).find(({ kind }) => kind === 'GitRepository');
  if (own !== undefined) return formatIdentity(identityOf(own));
  throw new Error(`${file} holds no GitRepository.`);
}
