import { spawnSync } from 'node:child_process';
import { SlipwayError } from '../errors.ts';
import { type FileTree, MemoryTree } from '../flux/index.ts';

/** Of one file, as for files on disk. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/** Blobs up to this size are read together; a larger one is no manifest, and is read when it is asked for. */
const MAX_SMALL_BYTES = 256 * 1024;

/**
 * A revision of a git repository as an artifact of it would be, without its symlinks and submodules. Nothing is read before
 * it is asked for.
 *
 * @throws SlipwayError `render/no-revision` (status 2); `render/git` (status 3), also by what is read later
 */
export function readGitTree(repository: string, revision: string): GitTree {
  return new GitTree(repository, resolveRevision(repository, revision));
}

interface Blob {
  readonly oid: string;
  readonly size: number;
}

export class GitTree implements FileTree {
  readonly commit: string;
  readonly #repository: string;
  #blobs: ReadonlyMap<string, Blob> | undefined;
  #names: MemoryTree | undefined;
  #contents: Map<string, Buffer> | undefined;

  constructor(repository: string, commit: string) {
    this.#repository = repository;
    this.commit = commit;
  }

  read(path: string): Buffer | undefined {
    const blob = this.#listed().get(path);
    if (blob === undefined) return undefined;
    this.#contents ??= this.#readSmall();
    const content =
      this.#contents.get(blob.oid) ?? git(this.#repository, ['cat-file', 'blob', '--end-of-options', blob.oid]);
    this.#contents.set(blob.oid, content);
    return content;
  }

  isFolder(path: string): boolean {
    return this.#tree().isFolder(path);
  }

  list(folder: string): readonly string[] {
    return this.#tree().list(folder);
  }

  #tree(): MemoryTree {
    this.#names ??= new MemoryTree(Array.from(this.#listed().keys(), (path) => [path, ''] as const));
    return this.#names;
  }

  #listed(): ReadonlyMap<string, Blob> {
    if (this.#blobs !== undefined) return this.#blobs;
    const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', this.commit];
    const listed = git(this.#repository, args).toString('utf8');
    const files = listed.split('\0').flatMap((line): (readonly [string, Blob])[] => {
      const [, mode = '', oid = '', size = '', path = ''] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
      const isFile = mode === '100644' || mode === '100755';
      return isFile && Number(size) <= MAX_FILE_BYTES ? [[path, { oid, size: Number(size) }]] : [];
    });
    return (this.#blobs = new Map(files));
  }

  #readSmall(): Map<string, Buffer> {
    const small = [...this.#listed().values()].filter(({ size }) => size <= MAX_SMALL_BYTES);
    return readBlobs(this.#repository, [...new Set(small.map(({ oid }) => oid))]);
  }
}

/** The commit that a revision names. */
export function resolveRevision(repository: string, revision: string): string {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { status, stdout } = run(repository, args);
  if (status === 0) return stdout.toString('utf8').trim();
  throw new SlipwayError({
    code: 'render/no-revision',
    message: `There is no revision ${JSON.stringify(revision)} in git, and no folder of that name.`,
    remedy: 'Name a commit, a branch or a tag, or a folder; in CI fetch the history that is compared with.',
    exitStatus: 2,
  });
}

/** Where the branch that is worked on left the one that it goes to; undefined where neither is known. */
export function mergeBase(repository: string): string | undefined {
  for (const upstream of ['@{upstream}', 'origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']) {
    const { status, stdout } = run(repository, ['merge-base', 'HEAD', upstream]);
    if (status === 0) return stdout.toString('utf8').trim();
  }
  return undefined;
}

/** The root of the repository that a folder is in. */
export function gitRoot(folder: string): string | undefined {
  const { status, stdout } = run(folder, ['rev-parse', '--show-toplevel']);
  return status === 0 ? stdout.toString('utf8').replace(/\n$/, '') : undefined;
}

/** Who made a revision, and when. */
export interface GitCommit {
  readonly hash: string;
  /** As `Ada <ada@example.org>`. */
  readonly author: string;
  /** As `2026-11-23T10:00:00Z`, in the author's time zone. */
  readonly date: string;
  /** The first line of its message. */
  readonly subject: string;
}

/** The commit of a hash, where the repository has it; a shallow clone may not. */
export function readCommit(repository: string, hash: string): GitCommit | undefined {
  if (!/^[0-9a-f]{40}$/.test(hash)) return undefined;
  const format = '--format=%an <%ae>%x00%aI%x00%s';
  const { status, stdout } = run(repository, ['show', '--no-patch', '--no-show-signature', format, `${hash}^{commit}`]);
  const [author, date, subject] = stdout.toString('utf8').trimEnd().split('\0');
  if (status !== 0 || author === undefined || date === undefined || subject === undefined) return undefined;
  return { hash, author, date, subject };
}

function readBlobs(repository: string, oids: readonly string[]): Map<string, Buffer> {
  const output = git(repository, ['cat-file', '--batch'], oids.map((oid) => `${oid}\n`).join(''));
  let at = 0;
  return new Map(
    oids.map((oid) => {
      const end = output.indexOf(0x0a, at);
      const size = Number(output.subarray(at, end).toString('latin1').split(' ')[2]);
      at = end + 1 + size + 1;
      return [oid, output.subarray(end + 1, end + 1 + size)];
    }),
  );
}

function git(repository: string, args: readonly string[], input?: string): Buffer {
  const { status, stdout, stderr, error } = run(repository, args, input);
  if (status === 0) return stdout;
  throw new SlipwayError({
    code: 'render/git',
    message: `git ${args[0] ?? ''} failed: ${error?.message ?? stderr.toString('utf8').trim()}`,
    exitStatus: 3,
    cause: error,
  });
}

/** Without what a hook's environment says of another repository, and without anything that the repository configures. */
function run(repository: string, args: readonly string[], input = '') {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  return spawnSync('git', [...safe, ...args], { cwd: repository, env, input, maxBuffer: MAX_OUTPUT_BYTES });
}
