import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import { bareEnvironment, runProgram } from './process.ts';
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

/**
 * Keeps what a folder holds now as an artifact, in place of a GitRepository (`--source-dir`).
 *
 * In a git working tree these are the files that git tracks or would track, as they are on disk; the revision is that of
 * HEAD (`main@sha1:<commit>`) where nothing differs from it, and the artifact then equals the one that is fetched. Else,
 * and for any other folder, it tells the content: `main@sha256:<digest>`, `sha256:<digest>`.
 *
 * @throws SlipwayError `sources/folder-missing`, `sources/too-large`, `sources/disk-full`, `sources/storage-failed`.
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
  const { storage, ignore, limits = DEFAULT_LIMITS, signal } = options;
  const tracked = await git(
    root,
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    signal,
  );
  const tree = onDisk(() => (tracked === undefined ? readFolder(root) : treeOf(root, tracked)));
  const stored = await storeTree(storage, await withoutIgnored(tree, ignore), limits, signal);
  const revision = (await cleanRevision(root, signal)) ?? `${await branchPrefix(root, signal)}${stored.digest}`;
  return { ...stored, revision };
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

/** What git says of a user's own working tree, with the user's own list of ignored files; `undefined` where it fails. */
async function git(
  root: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const env = bareEnvironment();
  for (const name of ['HOME', 'XDG_CONFIG_HOME', 'USERPROFILE']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const options = ['--no-optional-locks', '-c', 'core.fsmonitor=false'];
  const result = await runProgram('git', [...options, ...args], { env, cwd: root, signal });
  return result.status === 0 ? result.stdout.toString('utf8') : undefined;
}
