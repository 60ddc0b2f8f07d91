import { spawnSync } from 'node:child_process';
import { SlipwayError } from '../errors.ts';
import { type FileTree, MemoryTree } from '../flux/index.ts';

/** Of one file, as for files on disk. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/**
 * A revision of a git repository as an artifact of it would be, without its symlinks and submodules.
 *
 * @throws SlipwayError `render/no-revision` (status 2), `render/git` (status 3)
 */
export function readGitTree(repository: string, revision: string): FileTree {
  const commit = resolveRevision(repository, revision);
  const listed = git(repository, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit]).toString('utf8');
  const files = listed.split('\0').flatMap((line) => {
    const [, mode = '', oid = '', size = '', path = ''] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
    const isFile = mode === '100644' || mode === '100755';
    return isFile && Number(size) <= MAX_FILE_BYTES ? [{ oid, path }] : [];
  });
  const contents = readBlobs(
    repository,
    files.map(({ oid }) => oid),
  );
  return new MemoryTree(files.map(({ path }, at) => [path, contents[at] ?? Buffer.alloc(0)] as const));
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

function readBlobs(repository: string, oids: readonly string[]): readonly Buffer[] {
  const output = git(repository, ['cat-file', '--batch'], oids.map((oid) => `${oid}\n`).join(''));
  let at = 0;
  return oids.map(() => {
    const end = output.indexOf(0x0a, at);
    const size = Number(output.subarray(at, end).toString('latin1').split(' ')[2]);
    at = end + 1 + size + 1;
    return output.subarray(end + 1, end + 1 + size);
  });
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
