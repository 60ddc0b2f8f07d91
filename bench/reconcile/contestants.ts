/** Who reconciles: Flux's own controllers, or this reconciler; each in processes of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { findSandboxProgram } from '../../src/sandbox/index.ts';
import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

export interface Running {
  /** Of all its processes, since they began; the git processes of theirs that have ended included. */
  readonly usage: () => { readonly cpuSeconds: number; readonly peakMegabytes: number };
  readonly stop: () => Promise<void>;
}

export type Contestant = (cluster: Cluster) => Promise<Running>;

const READY_MS = 60_000;
const GRACE_MS = 5000;
const SLIPWAY = path.resolve(import.meta.dirname, '../../bin/slipway.js');

/** Flux as its users run it, but for `--concurrent`, which is 4 by default. */
export async function flux(cluster: Cluster): Promise<Running> {
  const storage = `127.0.0.1:${await freePort()}`;
  const common = ['--concurrent=20', '--events-addr=', '--metrics-addr=0', '--health-addr=0', '--log-level=info'];
  const folder = path.join(cluster.folder, 'artifacts');
  fs.mkdirSync(folder);
  return start(cluster, [
    {
      name: 'source-controller',
      command: [
        fluxProgram('source-controller'),
        ...common,
        `--storage-path=${folder}`,
        `--storage-addr=${storage}`,
        `--storage-adv-addr=${storage}`,
      ],
      ready: '"Starting workers","controller":"gitrepository"',
    },
    {
      name: 'kustomize-controller',
      command: [fluxProgram('kustomize-controller'), ...common],
      ready: '"Starting workers","controller":"kustomization"',
    },
  ]);
}

/** The command as its users run it, who have run it before: what V8 compiled is kept from one cluster to the next. */
export async function slipway(cluster: Cluster): Promise<Running> {
  const command = [process.execPath, SLIPWAY, 'sync', '--kubeconfig', cluster.kubeconfig, '--yes'];
  return start(cluster, [{ name: 'slipway', command, ready: 'Now in the place of' }]);
}

export function hasFlux(): boolean {
  return FLUX.every((name) => findSandboxProgram(name, process.env) !== undefined);
}

const FLUX = ['source-controller', 'kustomize-controller'] as const;

function fluxProgram(name: (typeof FLUX)[number]): string {
  const program = findSandboxProgram(name, process.env);
  if (program === undefined) throw new Error(`${name} is not here: npm run tools ${name}`);
  return program;
}

let kept: string | undefined;

function cacheFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-cache-'));
  process.once('exit', () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** What it says when it is at work. */
  readonly ready: string;
}

async function start({ folder, kubeconfig }: Cluster, programs: readonly Program[]): Promise<Running> {
  const children: ChildProcess[] = [];
  const cache = (kept ??= cacheFolder());
  const kill = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  // Also where the bench is interrupted.
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
    process.off('exit', kill);
  };
  try {
    for (const { name, command, ready } of programs) {
      const file = path.join(folder, `${name}.log`);
      const log = fs.openSync(file, 'w');
      const [program = '', ...args] = command;
      const child = spawn(program, args, {
        cwd: folder,
        stdio: ['ignore', log, log],
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          XDG_CACHE_HOME: cache,
          KUBECONFIG: kubeconfig,
          RUNTIME_NAMESPACE: 'flux-system',
        },
      });
      fs.closeSync(log);
      children.push(child);
      const text = (): string => fs.readFileSync(file, 'utf8');
      await until(
        `${name} is at work`,
        () => {
          if (child.exitCode !== null) throw new Error(`${name} ended: ${text().slice(-2000)}`);
          return text().includes(ready);
        },
        READY_MS,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    usage: () => {
      const usages = children.map(({ pid = 0 }) => usageOf(pid));
      return {
        cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        peakMegabytes: usages.reduce((sum, { peakMegabytes }) => sum + peakMegabytes, 0),
      };
    },
    stop,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(timer);
}

/** proc_pid_stat(5): fields 14 to 17 in hundredths of a second; proc_pid_status(5): VmHWM in KiB. */
function usageOf(pid: number): { readonly cpuSeconds: number; readonly peakMegabytes: number } {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  const [, peak = 'NaN'] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuSeconds: ticks.reduce((sum, one) => sum + one, 0) / 100, peakMegabytes: Number(peak) / 1024 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('A server on a port has a port.');
  return address.port;
}
