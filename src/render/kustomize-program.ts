import { execFile, type ExecFileException, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { makeMemoryFolder } from '../memory-folder.ts';
import type { BuildCache } from './build-cache.ts';
import { kustomizeEnvironment } from './kustomize-environment.ts';

export interface KustomizeProgram {
  /** Whether it fetches what a kustomization names on a network. */
  readonly takesRemoteBases: boolean;
  /**
   * What `kustomize build` prints of a folder, given all the files that it may read.
   *
   * @param why what the native builder left to it; for the error where there is no program
   * @param isSecret some of the files were decrypted: they are given to the program in memory, and nothing is kept
   * @throws SlipwayError `render/no-kustomize`, `render/kustomize-failed`, `render/kustomize-timeout`,
   *   `render/no-memory-folder`
   */
  build(
    files: ReadonlyMap<string, Buffer>,
    folder: string,
    why: string | undefined,
    isSecret?: boolean,
  ): Promise<{ readonly text: string; readonly engine: 'kustomize' | 'cache' }>;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * The real kustomize, run as Flux runs its library: no reordering, no plugins, files outside of the folder allowed
 * (fluxcd/pkg: kustomize.Build). It sees a copy of the files that the build names, no environment, and no network.
 *
 * @param program its path; undefined where there is none
 * @param network the environment with whose git and proxies remote bases are fetched. Default: none are.
 */
export function createKustomizeProgram(
  program: string | undefined,
  cache: BuildCache | undefined,
  network?: NodeJS.ProcessEnv,
): KustomizeProgram {
  let version: string | undefined;
  return {
    takesRemoteBases: network !== undefined,
    async build(files, folder, why, isSecret = false) {
      if (program === undefined) throw noKustomize(why);
      if (isSecret)
        return { text: await inMemory(files, (root) => run(program, root, folder, network)), engine: 'kustomize' };
      version ??= versionOf(program);
      const key = digestOf(files, folder, version);
      const known = cache?.get(key);
      if (known !== undefined) return { text: known, engine: 'cache' };
      const text = await inCopy(files, (root) => run(program, root, folder, network));
      cache?.set(key, text);
      return { text, engine: 'kustomize' };
    },
  };
}

function versionOf(program: string): string {
  const { stdout, error } = spawnSync(program, ['version'], { encoding: 'utf8', env: {}, timeout: TIMEOUT_MS });
  if (error !== undefined) throw failedToRun(error);
  return stdout.trim();
}

/** Of all that the output depends on. */
function digestOf(files: ReadonlyMap<string, Buffer>, folder: string, version: string): string {
  const hash = createHash('sha256').update(JSON.stringify(['build', version, folder]));
  for (const file of [...files.keys()].sort()) {
    const content = files.get(file) ?? Buffer.alloc(0);
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest('hex');
}

async function inCopy<T>(files: ReadonlyMap<string, Buffer>, work: (root: string) => Promise<T>): Promise<T> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-kustomize-'));
  try {
    writeAll(root, files);
    return await work(root);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

async function inMemory<T>(files: ReadonlyMap<string, Buffer>, work: (root: string) => Promise<T>): Promise<T> {
  const folder = makeMemoryFolder(process.env);
  if (folder === undefined) throw noMemoryFolder();
  try {
    writeAll(folder.path, files);
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}

function writeAll(root: string, files: ReadonlyMap<string, Buffer>): void {
  for (const [file, content] of files) {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content, { mode: 0o600 });
  }
}

/** Nothing else waits for it: it takes its time, and may be many. */
async function run(
  program: string,
  root: string,
  folder: string,
  network: NodeJS.ProcessEnv | undefined,
): Promise<string> {
  // `--reorder none` is the order of Flux; `legacy` is the program's own default.
  const args = ['build', path.join(root, folder), '--load-restrictor', 'LoadRestrictionsNone', '--reorder', 'none'];
  const { promise, resolve } = Promise.withResolvers<{ error: ExecFileException | null; out: string; said: string }>();
  const options = {
    cwd: root,
    encoding: 'utf8',
    env: kustomizeEnvironment(root, network),
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  } as const;
  const child = execFile(program, args, options, (error, out, said) => {
    resolve({ error, out, said });
  });
  child.stdin?.end();
  const { error, out, said } = await promise;
  if (error === null) return out;
  // A status of its own is a refusal; all else is no answer.
  if (typeof error.code !== 'number') throw failedToRun(error);
  throw new SlipwayError({
    code: 'render/kustomize-failed',
    message: `kustomize refuses the folder: ${sentence(said, root)}`,
    remedy: 'Mend what it names; `kustomize build` in that folder says the same.',
    place: { file: folder },
  });
}

const MAX_SAID = 1000;

/** What kustomize says, without our folder in it. */
function sentence(stderr: string, root: string): string {
  const said = stderr
    // What is out of fashion is no reason.
    .replaceAll(/^(?:Flag --reorder|# Warning:) .*\n/gm, '')
    .replace(/^Error: /, '')
    .replaceAll(`${root}/`, '')
    .replaceAll(root, '.')
    .trim();
  return said.length > MAX_SAID ? `${said.slice(0, MAX_SAID)} …` : said;
}

function failedToRun(cause: Error & { readonly killed?: boolean | undefined; readonly code?: unknown }): SlipwayError {
  // Node ends a child that takes too long, and one that prints too much.
  const isTimeout = systemCode(cause) === 'ETIMEDOUT' || (cause.killed === true && cause.code === null);
  return new SlipwayError({
    code: isTimeout ? 'render/kustomize-timeout' : 'render/kustomize-unusable',
    message: isTimeout
      ? `kustomize took longer than ${TIMEOUT_MS / 1000} s.`
      : `kustomize cannot be run: ${cause.message}.`,
    exitStatus: isTimeout ? 1 : 3,
    cause,
  });
}

function noMemoryFolder(): SlipwayError {
  return new SlipwayError({
    code: 'render/no-memory-folder',
    message:
      'kustomize would have to read decrypted files, which are never written to a disk, and this machine has no folder in memory (XDG_RUNTIME_DIR, /dev/shm).',
    remedy: 'Use only what Slipway builds by itself beside decrypted files, or give the process a tmpfs at /dev/shm.',
    exitStatus: 3,
  });
}

function noKustomize(why: string | undefined): SlipwayError {
  return new SlipwayError({
    code: 'render/no-kustomize',
    message: `kustomize is needed${why === undefined ? '' : ` for ${why}`}, and it is not here.`,
    remedy: 'Put kustomize 5.8 on PATH, or run `npm run tools kustomize` in a clone of slipway.',
    exitStatus: 3,
  });
}
