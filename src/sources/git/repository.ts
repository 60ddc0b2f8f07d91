import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { SecretData } from '../secret.ts';
import { isGitUrl } from '../spec.ts';
import type { SourceFile, SourceLimits, SourceTree } from '../source-tree.ts';
import { putBackRepository, type Storage, takeRepository } from '../storage.ts';
import type { GitCredentials } from './credentials.ts';
import { type GitEntry, initRepository, listTree } from './objects.ts';
import { Remote } from './remote.ts';
import { localGit } from './run-git.ts';

/** What every repository of one fetch has in common: the source's own, and those of its submodules. */
export interface FetchContext {
  readonly storage: Storage;
  /** `namespace/name` of the source: what was fetched for one is never given to another, which may have fewer rights. */
  readonly owner: string;
  readonly proxy: SecretData | undefined;
  readonly limits: SourceLimits;
  readonly signal: AbortSignal;
  /** Undoes, at the end of the fetch and in turn from the last, what was opened for it. */
  readonly cleanup: (() => Promise<void> | void)[];
  /** What was fetched before: used, or not trusted since a fetch on top of it failed. */
  earlier: 'unused' | 'used' | 'distrusted';
}

/** A repository that is fetched into a bare one here. */
export interface LocalRepository {
  readonly remote: Remote;
  readonly gitDir: string;
}

/** More packs than this, one from each fetch, are slower to look through than a new fetch. */
const MAX_PACKS = 50;

/** @param variant tells apart what is fetched by part and as a whole, since git cannot mix them cheaply. */
export async function openRepository(
  context: FetchContext,
  url: URL,
  credentials: GitCredentials,
  variant: 'newest' | 'history',
): Promise<LocalRepository> {
  const { storage, owner, proxy, limits, signal, cleanup } = context;
  const remote = await Remote.open({ url, credentials, proxy, maxBytes: limits.maxBytes, signal });
  cleanup.push(async () => {
    await remote[Symbol.asyncDispose]();
  });
  const key = [owner, url.protocol, url.host, url.pathname, variant].join('\n');
  const { gitDir, isNew } = takeRepository(storage, key);
  cleanup.push(() => {
    if (context.earlier !== 'distrusted' && isWorthKeeping(gitDir)) putBackRepository(storage, key, gitDir);
    else fs.rmSync(gitDir, { recursive: true, force: true });
  });
  if (isNew) await initRepository(gitDir, signal);
  else context.earlier = 'used';
  return { remote, gitDir };
}

function isWorthKeeping(gitDir: string): boolean {
  try {
    const packs = fs.readdirSync(path.join(gitDir, 'objects', 'pack'));
    const isUnfinished =
      packs.some((name) => name.startsWith('tmp_')) || fs.existsSync(path.join(gitDir, 'shallow.lock'));
    return !isUnfinished && packs.length > 0 && packs.filter((name) => name.endsWith('.pack')).length <= MAX_PACKS;
  } catch {
    return false;
  }
}

/** go-git's DefaultSubmoduleRecursionDepth. */
const MAX_SUBMODULE_DEPTH = 10;

export interface SubmoduleOptions {
  /** Of the repository that has them: what their own URLs are relative to. */
  readonly parent: URL;
  readonly depth: number;
  /** What a submodule's repository is fetched with. */
  readonly credentialsFor: (url: URL) => GitCredentials;
}

/**
 * The files of a commit, those of its submodules in their places where `submodules` is given. A symlink is left out, as
 * it is from every artifact of Flux; a submodule that is not followed is an empty folder, as git makes it.
 */
export async function commitTree(
  context: FetchContext,
  { gitDir }: LocalRepository,
  commit: string,
  submodules: SubmoduleOptions | undefined,
): Promise<SourceTree> {
  const files = new Map<string, SourceFile>();
  const folders = new Set<string>();
  const entries = await listTree(gitDir, commit, context.signal);
  for (const { path: name, kind, executable, size, object } of entries) {
    if (kind === 'file') files.set(name, { executable, size, content: { gitDir, object } });
    if (kind === 'folder' || kind === 'commit') folders.add(name);
  }
  const links = entries.filter(({ kind }) => kind === 'commit');
  if (submodules !== undefined && links.length > 0) {
    const urls = await submoduleUrls(gitDir, entries, context.signal);
    for (const link of links) {
      const url = urls.get(link.path);
      if (url === undefined) continue;
      const tree = await submoduleTree(context, link, url, submodules);
      for (const [name, file] of tree.files) files.set(`${link.path}/${name}`, file);
      for (const name of tree.folders) folders.add(`${link.path}/${name}`);
    }
  }
  return { files, folders };
}

async function submoduleTree(
  context: FetchContext,
  link: GitEntry,
  text: string,
  options: SubmoduleOptions,
): Promise<SourceTree> {
  try {
    if (options.depth >= MAX_SUBMODULE_DEPTH)
      throw submoduleFailed(`they are nested deeper than ${MAX_SUBMODULE_DEPTH}`);
    const url = submoduleUrl(text, options.parent);
    const repository = await openRepository(context, url, options.credentialsFor(url), 'newest');
    await fetchCommit(repository, link.object, context.signal);
    return await commitTree(context, repository, link.object, { ...options, parent: url, depth: options.depth + 1 });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, remedy, exitStatus } = error;
    const message = `The submodule ${JSON.stringify(link.path)}: ${error.message}`;
    throw new SlipwayError({ code, message, remedy, exitStatus, cause: error });
  }
}

/** The commit alone where the server gives it so, else all of its branches and tags. */
async function fetchCommit({ remote, gitDir }: LocalRepository, commit: string, signal: AbortSignal): Promise<void> {
  if (await hasObject(gitDir, commit, signal)) return;
  try {
    await remote.fetch(gitDir, [`+${commit}:refs/slipway/submodule`], 1);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'sources/git-failed') throw error;
    await remote.fetch(gitDir, ['+refs/heads/*:refs/slipway/heads/*', '+refs/tags/*:refs/slipway/tags/*']);
  }
  if (!(await hasObject(gitDir, commit, signal))) throw submoduleFailed(`its repository has no commit ${commit}`);
}

export async function hasObject(gitDir: string, object: string, signal: AbortSignal): Promise<boolean> {
  const input = `${object}\n`;
  const answer = await localGit(['cat-file', '--batch-check'], { gitDir, signal, input });
  return !answer.toString('utf8').includes(' missing');
}

/** Where `.gitmodules` says that the repositories are, by path. */
async function submoduleUrls(
  gitDir: string,
  entries: readonly GitEntry[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const file = entries.find(({ path: name, kind }) => name === '.gitmodules' && kind === 'file');
  if (file === undefined) return new Map();
  const output = await localGit(['config', '--blob', file.object, '--null', '--list'], { gitDir, signal });
  const fields = new Map<string, Map<string, string>>();
  for (const entry of output.toString('utf8').split('\0')) {
    const [, name, key, value] = /^submodule\.([^]*)\.([a-z]+)\n([^]*)$/.exec(entry) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    fields.set(name, (fields.get(name) ?? new Map<string, string>()).set(key, value));
  }
  const urls = [...fields.values()].map((field) => [field.get('path') ?? '', field.get('url') ?? ''] as const);
  return new Map(urls);
}

function submoduleUrl(text: string, parent: URL): URL {
  const base = new URL(parent);
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/`;
  const scpLike = /^(?:([^/:@]+)@)?([^/:@]+):(?!\/\/|:)(.*)$/.exec(text);
  const [, user = 'git', host = '', path = ''] = scpLike ?? [];
  const absolute = scpLike === null ? text : `ssh://${user}@${host}/${path.replace(/^\/+/, '')}`;
  const isRelative = /^\.\.?\//.test(absolute);
  const url = isRelative ? new URL(absolute, base) : URL.canParse(absolute) ? new URL(absolute) : undefined;
  if (url !== undefined && isGitUrl(url)) return url;
  throw submoduleFailed('its URL is neither http, https nor ssh');
}

function submoduleFailed(why: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/submodule-failed',
    message: `${why}.`,
    remedy: 'Correct .gitmodules, or leave out spec.recurseSubmodules.',
  });
}
