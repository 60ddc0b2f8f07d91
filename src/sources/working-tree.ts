import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, systemCode } from '../errors.ts';
import { bareEnvironment, type ProgramResult, runProgram } from './process.ts';
import {
  DEFAULT_LIMITS,
  diskFile,
  parents,
  readFolder,
  type SourceFile,
  type SourceLimits,
  type SourceTree,
  storeTree,
  withoutIgnored,
} from './source-tree.ts';
import { type Artifact, onDisk, type Storage } from './storage.ts';

export interface WorkingTreeOptions {
  readonly storage: Storage;
  /** As a GitRepository's `spec.ignore`. */
  readonly ignore?: string | undefined;
  readonly limits?: SourceLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Some seconds in all, as a checkout of a large repository takes. */
const TRIES = 6;
const FIRST_PAUSE_MS = 100;
/** What reading a file says that was there a moment ago. */
const VANISHED = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/**
 * Keeps what a folder holds now as an artifact, in place of a GitRepository (`--source-dir`).
 *
 * In a git working tree these are the files that git tracks or would track, as they are on disk; the revision is that of
 * HEAD (`main@sha1:<commit>`) where nothing differs from it, and the artifact then equals the one that is fetched. Else,
 * and for any other folder, it tells the content: `main@sha256:<digest>`, `sha256:<digest>`.
 *
 * It is of one moment: a folder that changes meanwhile, or in which git is at work, is read again a few times.
 *
 * @throws SlipwayError `sources/folder-missing`, `sources/folder-changing`, `sources/git-failed`, `sources/too-large`,
 *   `sources/disk-full`, `sources/storage-failed`.
 */
export async function snapshotWorkingTree(folder: string, options: WorkingTreeOptions): Promise<Artifact> {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new SlipwayError({
      code: 'sources/folder-missing',
      message: `There is no folder ${folder}.`,
      remedy: 'Name the folder of the repository.',
      exitStatus: 3,
    });
  }
  const root = fs.realpathSync(folder);
  for (let tries = 1; tries <= TRIES; tries++) {
    const artifact = await snapshotOnce(root, options);
    if (artifact !== undefined) return artifact;
    if (tries < TRIES) await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), undefined, { signal: options.signal });
  }
  throw new SlipwayError({
    code: 'sources/folder-changing',
    message: `The folder ${folder} changes while it is read, or git is at work in it.`,
    remedy: 'Wait until that has ended; where no git runs any more, delete the file index.lock that it left in .git.',
    exitStatus: 3,
  });
}

/** Undefined where the folder changed meanwhile. */
async function snapshotOnce(root: string, options: WorkingTreeOptions): Promise<Artifact | undefined> {
  const { storage, limits = DEFAULT_LIMITS, signal } = options;
  try {
    const before = await look(root, signal);
    // Between two equal looks: git holds its lock for as long as files and index are not of one commit.
    if (await isLocked(root, signal)) return undefined;
    const stored = await storeTree(storage, await withoutIgnored(before.tree, options.ignore), limits, signal);
    const revision = (await cleanRevision(root, signal)) ?? `${await branchPrefix(root, signal)}${stored.digest}`;
    return (await look(root, signal)).state === before.state ? { ...stored, revision } : undefined;
  } catch (error) {
    if (error instanceof SlipwayError && hasVanished(error.cause, root)) return undefined;
    throw error;
  }
}

/** Whether something of the folder is no longer what it was when it was listed. */
function hasVanished(error: unknown, root: string): boolean {
  if (!VANISHED.has(systemCode(error) ?? '')) return false;
  const { path: file } = error as NodeJS.ErrnoException;
  return file?.startsWith(`${root}${path.sep}`) === true;
}

interface Look {
  readonly tree: SourceTree;
  /** The same where nothing was written between two looks. */
  readonly state: string;
}

async function look(root: string, signal: AbortSignal | undefined): Promise<Look> {
  const listed = await trackedFiles(root, signal);
  return onDisk(() => {
    const tree = listed === undefined ? readFolder(root) : treeOf(root, listed);
    const files = [...tree.files.keys()].map((name) => {
      const { mtimeNs, size, ino, mode } = fs.lstatSync(path.join(root, name), { bigint: true });
      return [name, mtimeNs, size, ino, mode].join('\0');
    });
    return { tree, state: [...files, ...tree.folders, listed].join('\n') };
  });
}

/**
 * The files that git tracks or would track; undefined where there is no repository.
 *
 * @throws SlipwayError `sources/git-failed` where there is one: what it ignores is not to be taken for want of knowing it.
 */
async function trackedFiles(root: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout, stderr } = await runGit(root, args, signal);
  if (status === 0) return stdout.toString('utf8');
  const isRepository = [root, ...ancestors(root)].some((folder) => fs.existsSync(path.join(folder, '.git')));
  if (!isRepository) return undefined;
  const [said = ''] = stderr.split('\n').filter((line) => /^(fatal|error):/.test(line));
  throw new SlipwayError({
    code: 'sources/git-failed',
    message: `git cannot say which files of ${root} it ignores${said === '' ? '.' : `: ${said}`}`,
    remedy: `See what git -C ${root} status says; a repository of another user is allowed by git config --global --add safe.directory.`,
    exitStatus: 3,
  });
}

function ancestors(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [] : [parent, ...ancestors(parent)];
}

async function isLocked(root: string, signal: AbortSignal | undefined): Promise<boolean> {
  const lock = await git(root, ['rev-parse', '--git-path', 'index.lock'], signal);
  return lock !== undefined && fs.existsSync(path.resolve(root, lock.replace(/\n$/, '')));
}

function treeOf(root: string, listing: string): SourceTree {
  const files = new Map<string, SourceFile>();
  const folders = new Set<string>();
  for (const name of listing.split('\0')) {
    // A file that was deleted is still in the index; a submodule is a folder there.
    const stat = name === '' ? undefined : fs.lstatSync(path.join(root, name), { throwIfNoEntry: false });
    if (stat === undefined || !isInside(root, name)) continue;
    for (const parent of parents(name)) folders.add(parent);
    if (stat.isFile()) files.set(name, diskFile(path.join(root, name)));
    if (stat.isDirectory()) folders.add(name.replace(/\/$/, ''));
  }
  return { files, folders };
}

/** Whether no link on the way leads elsewhere: git's index may be older than a folder that became a link. */
function isInside(root: string, name: string): boolean {
  const folder = path.dirname(path.join(root, name));
  return fs.realpathSync(folder) === folder;
}

async function cleanRevision(root: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const status = await git(root, ['status', '--porcelain', '-z', '--untracked-files=all', '--', '.'], signal);
  if (status !== '') return undefined;
  const commit = await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal);
  const prefix = await branchPrefix(root, signal);
  return commit === undefined ? undefined : `${prefix}sha1:${commit.trim()}`;
}

/** `main@`; nothing where HEAD is no branch. */
async function branchPrefix(root: string, signal: AbortSignal | undefined): Promise<string> {
  const branch = await git(root, ['symbolic-ref', '--quiet', '--short', 'HEAD'], signal);
  return branch === undefined ? '' : `${branch.trim()}@`;
}

/** What git says; `undefined` where it fails. */
async function git(
  root: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { status, stdout } = await runGit(root, args, signal);
  return status === 0 ? stdout.toString('utf8') : undefined;
}

/** Runs git in a user's own working tree, with the user's own list of ignored files. */
function runGit(root: string, args: readonly string[], signal: AbortSignal | undefined): Promise<ProgramResult> {
  const env = bareEnvironment();
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'USERPROFILE']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const options = ['--no-optional-locks', '-c', 'core.fsmonitor=false'];
  return runProgram('git', [...options, ...args], { env, cwd: root, signal });
}
