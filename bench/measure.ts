import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** What one run of a command took, all its Node processes together. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the largest of its processes. */
  readonly peakMegabytes: number;
}

const REPORTER = pathToFileURL(path.join(import.meta.dirname, 'report-usage.js')).href;

/**
 * Runs a command to its end, from a cold start.
 *
 * @param expected the status that it has to end with
 * @throws Error if it ends with another
 */
export function measure(cwd: string, command: readonly string[], env: NodeJS.ProcessEnv = {}, expected = 0): Usage {
  const usageFile = path.join(os.tmpdir(), `slipway-bench-${process.pid}`);
  fs.writeFileSync(usageFile, '');
  const [program = '', ...args] = command;
  const started = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, BENCH_USAGE: usageFile, NODE_OPTIONS: `--import=${REPORTER}` },
  });
  const wallSeconds = (performance.now() - started) / 1000;
  if (status !== expected) throw new Error(`${command.join(' ')} ended with ${status ?? 'a signal'}: ${stderr}`);
  const processes = fs
    .readFileSync(usageFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  fs.rmSync(usageFile);
  return {
    wallSeconds,
    cpuSeconds: processes.reduce((sum, [cpu = 0]) => sum + cpu, 0) / 1e6,
    peakMegabytes: Math.max(...processes.map(([, kilobytes = 0]) => kilobytes)) / 1024,
  };
}

/** The median of each figure by itself. */
export function median(usages: readonly Usage[]): Usage {
  const of = (figure: keyof Usage): number => {
    const sorted = usages.map((usage) => usage[figure]).sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return { wallSeconds: of('wallSeconds'), cpuSeconds: of('cpuSeconds'), peakMegabytes: of('peakMegabytes') };
}

/** What the figures were taken on. */
export function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus[0]?.model.trim() ?? 'unknown processor'}, ${cpus.length} cores, ${memory} GiB, ${os.type()} ${os.machine()}, Node ${process.versions.node}`;
}
