/**
 * Builds the real programs (kustomize, helm, sops, age; etcd, kube-apiserver, Flux's controllers) from their Go modules
 * into bin/. Those of one go.mod come from one dependency set, so what one compiled the next reuses.
 *
 * A program is built once: the stamp beside it says from what it was built. Each is built under another name and
 * then renamed, so that a build that is killed leaves no half program.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SlipwayError } from '../../src/errors.ts';
import { BIN, findBuiltTool } from '../../src/programs.ts';
import type { Program } from './programs.ts';
import { versionOf } from './programs.ts';
import type { Progress } from './progress.ts';

export interface BuildOptions {
  /** Folder to build into. Default: bin/ beside this file. */
  readonly bin?: string;
  readonly progress: Progress;
  /** Ends the build that runs; nothing of it is left. */
  readonly signal?: AbortSignal;
}

/**
 * Builds those of the programs that are not built yet.
 *
 * @throws {SlipwayError} `tools/no-go`, `tools/old-go`, `tools/offline` (status 3); `tools/build-failed` (status 1).
 */
export async function buildPrograms(
  programs: readonly Program[],
  { bin = BIN, progress, signal }: BuildOptions,
): Promise<void> {
  const goVersion = askGoVersion(programs);
  mkdirSync(bin, { recursive: true });
  sweep(bin);
  for (const program of programs) {
    const stamp = stampOf(program, goVersion);
    if (findBuiltTool(program.name, bin) !== undefined && readStamp(bin, program) === stamp) continue;
    await build(program, bin, progress, signal);
    writeFileSync(stampPath(bin, program), stamp);
  }
}

/** Go's version and platform, for example `go1.26.8 linux/amd64`. */
function askGoVersion(programs: readonly Program[]): string {
  const asked = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { env: goEnvironment(), encoding: 'utf8' });
  if (asked.error !== undefined || asked.status !== 0) {
    throw new SlipwayError({
      code: 'tools/no-go',
      message: `Go is not on PATH, so ${listNames(programs)} cannot be built, and what needs them is skipped.`,
      exitStatus: 3,
      cause: asked.error ?? asked.stderr,
    });
  }
  const [version = '', system = '', architecture = ''] = asked.stdout.split('\n');
  return `${version} ${system}/${architecture}`;
}

/** Everything that decides what the program becomes: its package and version, every dependency's, and Go's. */
function stampOf(program: Program, goVersion: string): string {
  const dependencies = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) dependencies.update(readFileSync(join(program.module, file)));
  const command = buildArguments(program, program.name).join(' ');
  return `${versionOf(program)} ${goVersion}\n${command}\n${dependencies.digest('hex')}\n`;
}

function stampPath(bin: string, program: Program): string {
  return join(bin, `.${program.name}.stamp`);
}

function readStamp(bin: string, program: Program): string | undefined {
  try {
    return readFileSync(stampPath(bin, program), 'utf8');
  } catch {
    return undefined;
  }
}

function buildArguments(program: Program, output: string): readonly string[] {
  const variables = Object.entries(program.linkerVariables?.(versionOf(program)) ?? {});
  const linkerFlags = ['-s -w', ...variables.map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  return ['build', '-v', '-mod=readonly', '-trimpath', '-ldflags', linkerFlags, '-o', output, program.package];
}

/** GOTOOLCHAIN local: a newer Go is never fetched. No C compiler is needed. A go.work further up does not count. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOWORK: 'off' };
}

async function build(program: Program, bin: string, progress: Progress, signal: AbortSignal | undefined) {
  const started = Date.now();
  const label = `${program.name} ${versionOf(program)}`;
  const unfinished = join(bin, `.${program.name}.${process.pid}`);
  progress.start(`${label}: building`);
  try {
    await runGo(
      program,
      unfinished,
      (step) => {
        progress.step(`${label}: ${step}`);
      },
      signal,
    );
    renameSync(unfinished, join(bin, program.name));
  } finally {
    rmSync(unfinished, { force: true });
    progress.clear();
  }
  progress.end(`${label}: built in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function runGo(program: Program, output: string, step: (text: string) => void, signal: AbortSignal | undefined) {
  const child = spawn('go', buildArguments(program, output), {
    cwd: program.module,
    env: goEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // An interrupt, unlike a kill, makes the go command end the compilers that it started.
  signal?.addEventListener('abort', () => child.kill('SIGINT'));
  const complaints: string[] = [];
  let compiled = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    // `go build -v` names each package as it is compiled: a line without a space.
    if (line.startsWith('go: downloading ')) step(line.slice('go: '.length));
    else if (/^\S+$/.test(line)) step(`${++compiled} packages compiled`);
    else complaints.push(line);
  });
  const status = await ended;
  signal?.throwIfAborted();
  if (status !== 0) throw explain(program, complaints);
}

const UNREACHABLE =
  /dial tcp|no such host|connection re(fused|set)|i\/o timeout|TLS handshake timeout|network is unreachable|proxyconnect|disabled by GOPROXY=off/;

function explain(program: Program, complaints: readonly string[]): SlipwayError {
  const text = complaints.join('\n');
  const tooOld = /requires go >= (\S+) \(running go (\S+);/.exec(text);
  if (tooOld !== null) {
    const [, needed = '', running = ''] = tooOld;
    return new SlipwayError({
      code: 'tools/old-go',
      message: `Go ${running} is too old to build ${program.name}, which takes ${needed}, so what needs it is skipped.`,
      exitStatus: 3,
    });
  }
  if (UNREACHABLE.test(text)) {
    return new SlipwayError({
      code: 'tools/offline',
      message: `The Go module proxy cannot be reached, so ${program.name} cannot be built, and what needs it is skipped.`,
      exitStatus: 3,
      cause: text,
    });
  }
  return new SlipwayError({
    code: 'tools/build-failed',
    message: [`${program.name} does not build:`, ...complaints.slice(-20)].join('\n'),
  });
}

/** Removes what killed builds left: files named after a process that is no more. */
function sweep(bin: string): void {
  for (const file of readdirSync(bin)) {
    const pid = /^\..+\.(\d+)$/.exec(file)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(bin, file), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function listNames(programs: readonly Program[]): string {
  return programs.map((program) => program.name).join(', ');
}
