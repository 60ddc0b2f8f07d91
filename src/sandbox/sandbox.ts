import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  schedulerArguments,
} from './control-plane.ts';
import { requirePrograms } from './find-program.ts';
import { REPOSITORY } from './git-server.ts';
import { withSandboxLock } from './lock.ts';
import { KWOK_CONFIGURATION } from './kwok-stages.ts';
import { setNodes } from './nodes.ts';
import { findProcess, isRunning, lastLines, listProcesses, logFile, startProcess, stopProcess } from './process.ts';
import type { SandboxState } from './state.ts';
import {
  checkFolder,
  createState,
  freePort,
  isFree,
  kubeconfigText,
  makeFolder,
  readState,
  writeState,
} from './state.ts';
import { writePrivately } from './write-privately.ts';

export interface UpOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A repository whose HEAD becomes the branch `main` of the sandbox's, when that is made. Default: it stays empty. */
  readonly repository?: string | undefined;
  /** How many nodes to simulate. Default: as many as there are, at first none. */
  readonly nodes?: number | undefined;
  /** Is told of each step. */
  readonly log: (line: string) => void;
}

export interface SandboxStatus {
  readonly folder: string;
  /** Absolute path. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** URL to clone from and to push to. Who knows it may do both. */
  readonly git: string;
  readonly processes: readonly { readonly name: string; readonly pid: number | undefined }[];
}

/** In the order in which they start. */
const PROCESSES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'git'] as const;
/** What simulated nodes take besides. */
const NODE_PROCESSES = ['kube-scheduler', 'kwok'] as const;
type ProcessName = (typeof PROCESSES | typeof NODE_PROCESSES)[number];

const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
/** How often a port that another program took meanwhile is replaced. */
const PORT_ATTEMPTS = 3;
const LOG_LINES = 15;

/**
 * Starts what is not running of the sandbox in this folder, which is made if need be, and waits until its API server is
 * ready. What was there stays: objects, ports and credentials.
 *
 * @throws {SlipwayError} `sandbox/no-program`, `sandbox/busy`, `sandbox/ended`, `sandbox/not-ready`, `sandbox/git`,
 * all of status 3; `sandbox/not-a-sandbox` (status 2).
 */
export async function up(folder: string, options: UpOptions): Promise<SandboxStatus> {
  const programs = requirePrograms(['etcd', 'kube-apiserver', 'kube-controller-manager'], options.env);
  makeFolder(folder);
  const real = realpathSync(folder);
  return withSandboxLock(real, async () => {
    let state = readState(real) ?? (await createState(real));
    await ensure(real, 'etcd', () => [programs.etcd, ...etcdArguments()], options);
    state = await ensureApiServer(real, state, programs['kube-apiserver'], options);
    await ensure(
      real,
      'kube-controller-manager',
      () => [programs['kube-controller-manager'], ...controllerManagerArguments()],
      options,
    );
    makeRepository(real, options.repository);
    state = await ensureGitServer(real, state, options);
    state = await ensureNodes(real, state, options);
    return describe(real, state);
  });
}

/**
 * Ends the processes of the sandbox in this folder, and no other, and deletes the folder.
 *
 * @returns the names of those that ran; undefined where there is no such folder.
 * @throws {SlipwayError} `sandbox/busy` (status 3), `sandbox/not-a-sandbox` (status 2).
 */
export async function down(folder: string): Promise<readonly string[] | undefined> {
  if (!existsSync(folder)) return undefined;
  checkFolder(folder);
  const real = realpathSync(folder);
  return withSandboxLock(real, async () => {
    const names = listProcesses(real);
    const running = names.filter((name) => findProcess(real, name) !== undefined);
    await Promise.all(names.map((name) => stopProcess(real, name)));
    rmSync(real, { recursive: true, force: true });
    return running;
  });
}

/** What is there of the sandbox in this folder; undefined where nothing is. */
export function sandboxStatus(folder: string): SandboxStatus | undefined {
  if (!existsSync(folder)) return undefined;
  const real = realpathSync(folder);
  const state = readState(real);
  return state === undefined ? undefined : describe(real, state);
}

function describe(folder: string, state: SandboxState): SandboxStatus {
  return {
    folder,
    kubeconfig: join(folder, 'kubeconfig'),
    server: `https://127.0.0.1:${state.apiServerPort}`,
    git: `http://127.0.0.1:${state.gitPort}/${state.gitPath}/${REPOSITORY}`,
    processes: [...PROCESSES, ...(state.nodes > 0 ? NODE_PROCESSES : [])].map((name) => ({
      name,
      pid: findProcess(folder, name)?.pid,
    })),
  };
}

async function ensure(folder: string, name: ProcessName, command: () => string[], { log }: UpOptions): Promise<void> {
  if (findProcess(folder, name) !== undefined) return;
  log(`starting ${name}`);
  await startProcess(folder, name, command());
}

/** Starts it on the port that it had; on another one where that is taken by now. The kubeconfig follows. */
async function ensureApiServer(
  folder: string,
  before: SandboxState,
  program: string,
  options: UpOptions,
): Promise<SandboxState> {
  let state = before;
  for (let attempt = 1; ; attempt++) {
    if (findProcess(folder, 'kube-apiserver') === undefined && !(await isFree(state.apiServerPort))) {
      state = { ...state, apiServerPort: await freePort() };
      writeState(folder, state);
    }
    await ensure(folder, 'kube-apiserver', () => [program, ...apiServerArguments(state)], options);
    try {
      await untilReady(folder, state);
      writePrivately(join(folder, 'kubeconfig'), kubeconfigText(folder, state));
      return state;
    } catch (error) {
      const taken = error instanceof SlipwayError && error.message.includes('address already in use');
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function untilReady(folder: string, state: SandboxState): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await isReady(folder, state))) {
    for (const name of ['etcd', 'kube-apiserver'] as const) {
      const running = findProcess(folder, name);
      if (running === undefined || !isRunning(running)) throw endedError(folder, name);
    }
    if (performance.now() > deadline) throw notReadyError(folder);
    await sleep(POLL_MS);
  }
}

async function isReady(folder: string, state: SandboxState): Promise<boolean> {
  const authority = join(folder, 'certs/apiserver.crt');
  if (!existsSync(authority)) return false;
  const ca = readFileSync(authority);
  return new Promise((resolve) => {
    const asked = request({
      host: '127.0.0.1',
      port: state.apiServerPort,
      path: '/readyz',
      ca,
      agent: false,
      headers: { authorization: `Bearer ${state.token}` },
    });
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    // Not listening yet, or its certificate is half written.
    asked.once('error', () => {
      resolve(false);
    });
    asked.end();
  });
}

function makeRepository(folder: string, source: string | undefined): void {
  const bare = join(folder, REPOSITORY);
  if (existsSync(join(bare, 'complete'))) return;
  // One that was being made when its maker was killed.
  rmSync(bare, { recursive: true, force: true });
  git(folder, 'init', '--quiet', '--bare', '--template=', '--initial-branch=main', bare);
  git(bare, 'config', 'http.receivepack', 'true');
  // The repository of the user may be a shallow clone.
  git(bare, 'config', 'receive.shallowUpdate', 'true');
  if (source !== undefined && hasCommit(source))
    git(source, 'push', '--quiet', '--no-verify', bare, 'HEAD:refs/heads/main');
  writePrivately(join(bare, 'complete'), '');
}

function hasCommit(repository: string): boolean {
  return spawnSync('git', ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd: repository }).status === 0;
}

function git(cwd: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  throw new SlipwayError({
    code: 'sandbox/git',
    message: `git ${args[0] ?? ''} failed: ${(error?.message ?? stderr).trim()}`,
    remedy: 'Run `slipway sandbox up` again when it is mended.',
    exitStatus: 3,
    cause: error,
  });
}

async function ensureGitServer(folder: string, before: SandboxState, options: UpOptions): Promise<SandboxState> {
  if (findProcess(folder, 'git') !== undefined) return before;
  let state = before;
  if (!(await isFree(state.gitPort))) {
    state = { ...state, gitPort: await freePort() };
    writeState(folder, state);
  }
  // As TypeScript in a clone, as JavaScript in the published package.
  const script = join(import.meta.dirname, `git-server-main${extname(import.meta.filename)}`);
  await ensure(folder, 'git', () => [process.execPath, script], options);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (await isFree(state.gitPort)) {
    if (findProcess(folder, 'git') === undefined) throw endedError(folder, 'git');
    if (performance.now() > deadline) throw notReadyError(folder);
    await sleep(POLL_MS);
  }
  return state;
}

async function ensureNodes(folder: string, before: SandboxState, options: UpOptions): Promise<SandboxState> {
  const { nodes = before.nodes, env } = options;
  const state = { ...before, nodes };
  if (nodes > 0) {
    const programs = requirePrograms(NODE_PROCESSES, env);
    await ensure(folder, 'kube-scheduler', () => [programs['kube-scheduler'], ...schedulerArguments()], options);
    writePrivately(join(folder, 'kwok.yaml'), KWOK_CONFIGURATION);
    await ensure(folder, 'kwok', () => [programs.kwok, ...kwokArguments()], options);
  }
  if (nodes !== before.nodes) {
    await setNodes(join(folder, 'kubeconfig'), nodes);
    writeState(folder, state);
  }
  return state;
}

function endedError(folder: string, name: ProcessName): SlipwayError {
  return new SlipwayError({
    code: 'sandbox/ended',
    message: `${name} ended by itself. Its last words:\n${lastLines(folder, name, LOG_LINES)}`,
    remedy: 'Run `slipway sandbox down`, then `slipway sandbox up`.',
    place: { file: logFile(folder, name) },
    exitStatus: 3,
  });
}

function notReadyError(folder: string): SlipwayError {
  return new SlipwayError({
    code: 'sandbox/not-ready',
    message: `The API server is not ready after ${READY_TIMEOUT_MS / 1000} seconds.`,
    remedy: 'See its log; `slipway sandbox up` goes on waiting.',
    place: { file: logFile(folder, 'kube-apiserver') },
    exitStatus: 3,
  });
}
