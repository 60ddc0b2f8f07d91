/** The processes of a sandbox, each with a record in `run/` that outlives whoever started it. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, systemCode } from '../errors.ts';
import { findByCommand, startOf } from './process-identity.ts';
import { writePrivately } from './write-privately.ts';

/**
 * What was started. It is written before the process starts and again when its id is known, so that one who finds it
 * without an id knows what to look for.
 */
interface ProcessRecord {
  readonly command: readonly string[];
  readonly pid?: number;
  /** Tells the process from a later one of the same id. */
  readonly start?: string;
}

export interface RunningProcess {
  readonly pid: number;
  readonly start: string;
}

/**
 * How much Go's collector lets the heap grow, in percent of what is in use, and up to where. With Go's 100 a control plane,
 * which keeps little and makes much garbage, spends a fifth of its time on collecting.
 */
const GOGC = '400';
const GOMEMLIMIT = '2GiB';

/** How long a process may take to end before it is killed. Nothing of a sandbox is worth waiting for. */
const GRACE_MS = 2000;
const POLL_MS = 20;

/** Starts a process that outlives this one, its output in `logs/<name>.log`; the folder is its working directory. */
export async function startProcess(folder: string, name: string, command: readonly string[]): Promise<RunningProcess> {
  const [program = '', ...args] = command;
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  writeRecord(folder, name, { command });
  const log = openSync(logFile(folder, name), 'a', 0o600);
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    // Nothing of the user's own settings reaches it: no kubeconfig, no proxy, no git configuration.
    env: { PATH: process.env.PATH, HOME: folder, GOGC, GOMEMLIMIT },
  });
  closeSync(log);
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  const pid = child.pid ?? 0;
  // One that ended at once has no start any more: it is not running, whatever is written here.
  const start = startOf(pid) ?? '';
  writeRecord(folder, name, { command, pid, start });
  return { pid, start };
}

/** The process of this name, if it runs. */
export function findProcess(folder: string, name: string): RunningProcess | undefined {
  const record = readRecord(folder, name);
  if (record === undefined) return undefined;
  const pid = record.pid ?? findByCommand(record.command, folder);
  const start = pid === undefined ? undefined : startOf(pid);
  if (pid === undefined || start === undefined) return undefined;
  return record.pid === undefined || record.start === start ? { pid, start } : undefined;
}

/** Ends the process of this name, if it runs, and exactly that one. */
export async function stopProcess(folder: string, name: string): Promise<void> {
  const running = findProcess(folder, name);
  if (running !== undefined) {
    const deadline = performance.now() + GRACE_MS;
    signal(running, 'SIGTERM');
    while (isRunning(running)) {
      if (performance.now() > deadline) signal(running, 'SIGKILL');
      await sleep(POLL_MS);
    }
  }
  rmSync(recordFile(folder, name), { force: true });
}

/** Names of all processes that were started, whether they run or not. */
export function listProcesses(folder: string): string[] {
  try {
    const files = readdirSync(join(folder, 'run')).filter((file) => file.endsWith('.json'));
    return files.map((file) => basename(file, '.json')).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export function isRunning({ pid, start }: RunningProcess): boolean {
  return startOf(pid) === start;
}

/** The last lines that a process wrote. */
export function lastLines(folder: string, name: string, count: number): string {
  return readFileSync(logFile(folder, name), 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

export function logFile(folder: string, name: string): string {
  return join(folder, 'logs', `${name}.log`);
}

function signal(running: RunningProcess, name: NodeJS.Signals): void {
  if (!isRunning(running)) return;
  try {
    process.kill(running.pid, name);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

function recordFile(folder: string, name: string): string {
  return join(folder, 'run', `${name}.json`);
}

function writeRecord(folder: string, name: string, record: ProcessRecord): void {
  const file = recordFile(folder, name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writePrivately(file, `${JSON.stringify(record)}\n`);
}

function readRecord(folder: string, name: string): ProcessRecord | undefined {
  const file = recordFile(folder, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const record = parseRecord(text);
  if (record !== undefined) return record;
  throw new SlipwayError({
    code: 'sandbox/bad-record',
    message: `The record of the sandbox's ${name} cannot be read.`,
    remedy: `End ${name} by hand if it runs, and delete the file.`,
    place: { file },
    exitStatus: 3,
  });
}

function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('command' in value)) return undefined;
    const { command } = value;
    if (!Array.isArray(command) || !command.every((word) => typeof word === 'string')) return undefined;
    if (!('pid' in value) || !('start' in value)) return { command };
    const { pid, start } = value;
    return typeof pid === 'number' && typeof start === 'string' ? { command, pid, start } : undefined;
  } catch {
    return undefined;
  }
}
