import { SlipwayError } from '../errors.ts';
import type { StoredArtifact } from './artifact-file.ts';
import { type GitCommit, readCommit, readTag } from './git/commit.ts';
import { type GitCredentials, gitCredentials, submoduleCredentials } from './git/credentials.ts';
import { githubAppCredentials } from './git/github-app.ts';
import { commitTree, type FetchContext, hasObject, type LocalRepository, openRepository } from './git/repository.ts';
import { localGit } from './git/run-git.ts';
import { trustedKeys, verifySignature } from './git/signature.ts';
import { emptyRepository, findTargets, formatRevision, type GitTarget } from './git/target.ts';
import type { SecretData } from './secret.ts';
import {
  DEFAULT_LIMITS,
  includeTree,
  type SourceLimits,
  sparseTree,
  storeTree,
  withoutIgnored,
} from './source-tree.ts';
import type { GitReference, GitRepositorySpec } from './spec.ts';
import type { Artifact, Storage } from './storage.ts';
import { withinTime } from './within-time.ts';

/** The Secrets that a GitRepository names. */
export interface GitSecrets {
  /** Of `spec.secretRef`. */
  readonly auth?: SecretData | undefined;
  /** Of `spec.proxySecretRef`. */
  readonly proxy?: SecretData | undefined;
  /** Of `spec.verify.secretRef`. */
  readonly verify?: SecretData | undefined;
}

export interface GitFetchOptions {
  readonly storage: Storage;
  /** The artifacts that `spec.include` names, in its order. */
  readonly includes?: readonly StoredArtifact[] | undefined;
  readonly limits?: SourceLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GitArtifact extends Artifact {
  readonly commit: GitCommit;
  /** The whole name of what was checked out: `refs/heads/main`; '' for a commit of no branch. */
  readonly reference: string;
  /** What `spec.verify` found, one entry for each signature. */
  readonly signatures: readonly GitSignature[];
}

export interface GitSignature {
  readonly object: 'commit' | 'tag';
  /** The id of an OpenPGP key, or the fingerprint of an SSH key. */
  readonly key: string;
}

/**
 * Fetches a GitRepository and keeps its files as an artifact.
 *
 * The repository is not trusted: git checks nothing out, so that no hook, filter, attribute or link of it has an effect;
 * its objects are read and written as files by this process.
 *
 * @throws SlipwayError with a code of `sources/`: `auth-refused`, `host-key-unknown`, `host-key-changed`, `tls-failed`,
 * `unreachable`, `not-found`, `not-a-repository`, `server-failed`, `redirect-refused`, `proxy-failed`, `proxy-unsupported`, `timeout`,
 * `repository-empty`, `ref-missing`, `commit-missing`, `semver-no-match`, `sparse-path-missing`, `submodule-failed`,
 * `include-failed`, `signature-missing`, `signature-invalid`, `secret-invalid`, `too-large`, `path-refused`,
 * `disk-full`, `storage-failed`, `program-missing`, `git-failed`. Or the reason of `options.signal`.
 */
export async function fetchGitRepository(
  spec: GitRepositorySpec,
  secrets: GitSecrets,
  options: GitFetchOptions,
): Promise<GitArtifact> {
  const artifact = await fetchUnlessKnown(spec, secrets, undefined, options);
  if (artifact === undefined) throw new TypeError('What nobody knows is fetched.');
  return artifact;
}

/**
 * The same, but undefined where the reference still means `known`, which `git ls-remote` tells alone. For a commit, and
 * for tags that differ in build metadata only, nothing but a fetch can tell.
 *
 * @param known a revision
 */
export async function fetchUnlessKnown(
  spec: GitRepositorySpec,
  secrets: GitSecrets,
  known: string | undefined,
  options: GitFetchOptions,
): Promise<GitArtifact | undefined> {
  return within(spec, options.signal, async (signal) => {
    const credentials = await credentialsOf(spec, secrets, signal);
    const fetchOnce = async () => fetchOnceInto(spec, secrets, credentials, known, options, signal);
    try {
      return await fetchOnce();
    } catch (error) {
      // A process killed in the wrong moment, or a full disk, may have broken what was fetched before; it is gone now.
      if (!(error instanceof BrokenCache)) throw error;
      return await fetchOnce();
    }
  });
}

/** git failed on top of what was fetched before. */
class BrokenCache extends Error {}

async function fetchOnceInto(
  spec: GitRepositorySpec,
  secrets: GitSecrets,
  credentials: GitCredentials,
  known: string | undefined,
  options: GitFetchOptions,
  signal: AbortSignal,
): Promise<GitArtifact | undefined> {
  const context: FetchContext = {
    storage: options.storage,
    owner: `${spec.namespace}/${spec.name}`,
    proxy: secrets.proxy,
    limits: options.limits ?? DEFAULT_LIMITS,
    signal,
    cleanup: [],
    earlier: 'unused',
  };
  try {
    return await fetchInto(context, spec, secrets, credentials, known, options.includes ?? []);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'sources/git-failed') throw error;
    const wasUsed = context.earlier === 'used';
    context.earlier = 'distrusted';
    throw wasUsed ? new BrokenCache() : error;
  } finally {
    for (const undo of context.cleanup.reverse()) await undo();
  }
}

async function within<Result>(
  spec: GitRepositorySpec,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withinTime(spec.timeoutMs, `GitRepository/${spec.namespace}/${spec.name}`, signal, work);
}

async function credentialsOf(
  spec: GitRepositorySpec,
  secrets: GitSecrets,
  signal: AbortSignal,
): Promise<GitCredentials> {
  if (spec.provider !== 'github') return gitCredentials(spec.url, secrets.auth);
  return githubAppCredentials(secrets.auth, secrets.proxy, Date.now(), signal);
}

async function fetchInto(
  context: FetchContext,
  spec: GitRepositorySpec,
  secrets: GitSecrets,
  credentials: GitCredentials,
  known: string | undefined,
  includes: readonly StoredArtifact[],
): Promise<GitArtifact | undefined> {
  const { signal } = context;
  const { reference } = spec;
  const variant = reference.kind === 'commit' ? 'history' : 'newest';
  const repository = await openRepository(context, spec.url, credentials, variant);
  const found =
    reference.kind === 'commit'
      ? await fetchPinned(repository, reference, signal)
      : await fetchNewest(repository, reference, known, signal);
  if (found === undefined) return undefined;
  const signatures = await verify(repository, spec, secrets, found, signal);
  const source = { url: spec.url, credentials, secret: secrets.auth };
  const credentialsFor = (url: URL) => submoduleCredentials(url, source);
  const submodules = spec.recurseSubmodules ? { parent: spec.url, depth: 0, credentialsFor } : undefined;
  const whole = await commitTree(context, repository, found.commit.hash, submodules);
  let tree = sparseTree(whole, spec.sparseCheckout);
  for (const [index, { fromPath, toPath }] of spec.include.entries()) {
    const included = includes[index];
    if (included === undefined) throw new TypeError('an artifact is missing for spec.include');
    tree = includeTree(tree, included, fromPath, toPath);
  }
  tree = await withoutIgnored(tree, spec.ignore);
  const stored = await storeTree(context.storage, tree, context.limits, signal);
  const revision = formatRevision(found.label, found.commit.hash);
  return { ...stored, revision, commit: found.commit, reference: found.name, signatures };
}

interface FoundCommit {
  readonly label: string;
  readonly name: string;
  readonly commit: GitCommit;
  /** The annotated tag's own object. */
  readonly tag: string | undefined;
}

async function fetchNewest(
  repository: LocalRepository,
  reference: Exclude<GitReference, { kind: 'commit' }>,
  known: string | undefined,
  signal: AbortSignal,
): Promise<FoundCommit | undefined> {
  const [first, ...others] = await findTargets(repository.remote, reference);
  if (others.length === 0 && formatRevision(first.label, first.object) === known) return undefined;
  let newest = await fetchTarget(repository, first, signal);
  for (const target of others) {
    const other = await fetchTarget(repository, target, signal);
    if (other.commit.committer.at > newest.commit.committer.at) newest = other;
  }
  return newest;
}

async function fetchTarget({ remote, gitDir }: LocalRepository, target: GitTarget, signal: AbortSignal) {
  const local = 'refs/slipway/newest';
  await remote.fetch(gitDir, [`+${target.name}:${local}`], 1);
  const parsed = await localGit(['rev-parse', local, `${local}^{commit}`], { gitDir, signal });
  const [object = '', hash = ''] = parsed.toString('utf8').split('\n');
  const commit = await readCommit(gitDir, hash, signal);
  return { label: target.label, name: target.name, commit, tag: object === hash ? undefined : object };
}

/** A commit counts only where a branch holds it, as in Flux, which looks for it in a clone of the branches. */
async function fetchPinned(
  { remote, gitDir }: LocalRepository,
  { commit, branch }: Extract<GitReference, { kind: 'commit' }>,
  signal: AbortSignal,
): Promise<FoundCommit> {
  const name = branch === undefined ? '' : `refs/heads/${branch}`;
  const local = `refs/slipway/heads/${branch ?? '*'}`;
  const isHeld = async () => {
    if (!(await hasObject(gitDir, commit, signal))) return false;
    const prefix = branch === undefined ? 'refs/slipway/heads/' : local;
    const holders = await localGit(['for-each-ref', '--count=1', `--contains=${commit}`, prefix], { gitDir, signal });
    return holders.length > 0;
  };
  if (!(await isHeld())) {
    if (branch !== undefined) await findTargets(remote, { kind: 'branch', branch });
    else if ((await remote.references()).length === 0) throw emptyRepository();
    await remote.fetch(gitDir, [`+refs/heads/${branch ?? '*'}:${local}`]);
    if (!(await isHeld())) throw missingCommit(commit, branch);
  }
  return { label: branch ?? '', name, commit: await readCommit(gitDir, commit, signal), tag: undefined };
}

function missingCommit(commit: string, branch: string | undefined): SlipwayError {
  return new SlipwayError({
    code: 'sources/commit-missing',
    message: `The commit ${commit} is not in ${branch === undefined ? 'a branch of the repository' : `the branch ${branch}`}.`,
    remedy: 'Correct spec.ref.commit, or push the commit.',
    exitStatus: 3,
  });
}

function renamedTag(reference: string, name: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/signature-invalid',
    message: `${reference} points to a signed tag of another name, ${JSON.stringify(name)}.`,
    remedy: 'Check who made the reference; sign a tag of that name.',
  });
}

async function verify(
  { gitDir }: LocalRepository,
  { verify: asked, reference }: GitRepositorySpec,
  secrets: GitSecrets,
  { commit, tag, name, label }: FoundCommit,
  signal: AbortSignal,
): Promise<GitSignature[]> {
  const signatures: GitSignature[] = [];
  if (asked === undefined) return signatures;
  const keys = trustedKeys(secrets.verify);
  if (asked.tag) {
    if (!name.startsWith('refs/tags/')) {
      throw new SlipwayError({
        code: 'sources/signature-missing',
        message: `spec.verify asks for a tag's signature, but spec.ref is a ${reference.kind}.`,
        remedy: 'Set spec.ref.tag or spec.ref.semver, or verify HEAD.',
      });
    }
    const unsigned = { hash: '', name: label, signature: '', payload: Buffer.alloc(0) };
    const object = tag === undefined ? unsigned : await readTag(gitDir, tag, signal);
    const key = await verifySignature(object, `tag ${object.name}`, keys, signal);
    // Else whoever may push could give a signed tag of old the name of a newer version.
    if (name !== `refs/tags/${object.name}`) throw renamedTag(name, object.name);
    signatures.push({ object: 'tag', key });
  }
  if (asked.commit) {
    const key = await verifySignature(commit, `commit ${commit.hash}`, keys, signal);
    signatures.push({ object: 'commit', key });
  }
  return signatures;
}
