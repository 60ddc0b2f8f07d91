import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { SlipwayError, systemCode } from '../errors.ts';
import { tooLarge } from './too-large.ts';

/** Standard error is kept for a message, standard output for an answer: neither needs more. */
export const MAX_ERROR_BYTES = 64 * 1024;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

export interface ProgramOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Ends the program and everything that it started. */
  readonly signal?: AbortSignal | undefined;
  /** Takes standard output as it comes, instead of {@link ProgramResult.stdout}. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

export interface ProgramResult {
  /** The exit status; `null` where a signal ended it. */
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The part of this process's environment that programs need to run at all. */
export function bareEnvironment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C', LANGUAGE: '' };
  for (const name of ['PATH', 'SYSTEMROOT', 'TMPDIR', 'TEMP', 'TMP']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/**
 * Runs a program to its end, without a shell. A status other than 0 is the caller's to judge.
 *
 * @throws SlipwayError `sources/program-missing`; the signal's reason where that ended it; what `onOutput` throws.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  options.signal?.throwIfAborted();
  const child = startProgram(program, args, options);
  const failed = exitOf(child, program);
  const ended = abortable(child, options.signal);
  const stdout: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT_BYTES) throw tooLarge(`What ${program} says`, MAX_OUTPUT_BYTES);
    stdout.push(chunk);
  };
  const take = options.onOutput ?? keep;
  let failure: Error | undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    if (failure !== undefined) return;
    try {
      take(chunk);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      endGroup(child);
    }
  });
  const stderr = firstBytes(child.stderr, MAX_ERROR_BYTES);
  // A program that ends before it read all of its input closes the pipe; its status says the rest.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  try {
    const status = await failed;
    options.signal?.throwIfAborted();
    if (failure !== undefined) throw failure;
    return { status, stdout: Buffer.concat(stdout), stderr: readable(Buffer.concat(stderr)) };
  } finally {
    ended();
  }
}

/** A process in a group of its own, so that its children end with it. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: Pick<ProgramOptions, 'env' | 'cwd'>,
): ChildProcess {
  return spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe', detached: true, windowsHide: true });
}

/** Settles when the process and its pipes have ended. */
export async function exitOf(child: ChildProcess, program: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(systemCode(error) === 'ENOENT' ? missingProgram(program, error) : error);
    });
    child.once('close', resolve);
  });
}

export function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** Text from another program or another machine, made fit for a terminal and a log. */
export function readable(text: Buffer | string): string {
  return text
    .toString()
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    .trim();
}

function abortable(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  const end = () => {
    endGroup(child);
  };
  signal?.addEventListener('abort', end, { once: true });
  return () => {
    signal?.removeEventListener('abort', end);
    endGroup(child);
  };
}

/** What a stream gives, up to a limit; what is beyond it is dropped. */
export function firstBytes(stream: Readable | null, limit: number): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  return chunks;
}

function missingProgram(program: string, cause: unknown): SlipwayError {
  return new SlipwayError({
    code: 'sources/program-missing',
    message: `The program ${program} is not on PATH.`,
    remedy: `Install ${program === 'git' ? 'git 2.31 or newer' : program}.`,
    exitStatus: 3,
    cause,
  });
}
