import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../errors.ts';

const PROC = '/proc';

/**
 * When a process started, as text that no other process with the same id has had or will have; undefined where there is
 * no such process, or only the remains of one that nobody waited for.
 */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** proc_pid_stat(5): field 3 is the state, field 22 the ticks between boot and start; the name before may hold anything. */
function startFromProc(pid: number): string | undefined {
  const stat = read(`${PROC}/${pid}/stat`);
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  return `${read(`${PROC}/sys/kernel/random/boot_id`)?.trim() ?? ''} ${fields[18] ?? ''}`;
}

function startFromPs(pid: number): string | undefined {
  const { status, stdout } = ps(['-o', 'stat=,lstart=', '-p', `${pid}`]);
  const [state = 'Z', ...start] = stdout.trim().split(/\s+/);
  return status !== 0 || state.startsWith('Z') ? undefined : start.join(' ');
}

/** The id of a running process of this very command line and working directory, if there is one. */
export function findByCommand(command: readonly string[], cwd: string): number | undefined {
  return process.platform === 'linux' ? findInProc(command, cwd) : findByPs(command);
}

function findInProc(command: readonly string[], cwd: string): number | undefined {
  const wanted = command.map((word) => `${word}\0`).join('');
  const pids = readdirSync(PROC).filter((name) => /^\d+$/.test(name));
  const pid = pids.find(
    (name) => read(`${PROC}/${name}/cmdline`) === wanted && readLink(`${PROC}/${name}/cwd`) === cwd,
  );
  return pid === undefined || startFromProc(Number(pid)) === undefined ? undefined : Number(pid);
}

function findByPs(command: readonly string[]): number | undefined {
  const wanted = command.join(' ');
  const line = ps(['-axww', '-o', 'pid=,command='])
    .stdout.split('\n')
    .find((candidate) => candidate.replace(/^\s*\d+\s/, '') === wanted);
  return line === undefined ? undefined : Number.parseInt(line, 10);
}

function ps(args: readonly string[]) {
  return spawnSync('ps', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
  });
}

function read(file: string): string | undefined {
  return unlessGone(() => readFileSync(file, 'utf8'));
}

function readLink(file: string): string | undefined {
  return unlessGone(() => readlinkSync(file));
}

/** A process may end, or belong to another user, while one looks at it. */
function unlessGone<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
