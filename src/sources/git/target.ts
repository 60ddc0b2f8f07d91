import { SlipwayError } from '../../errors.ts';
import { compareVersions, isInRange, parseFullVersion, type Version } from '../../semver.ts';
import type { GitReference } from '../spec.ts';
import type { Remote, RemoteReference } from './remote.ts';

/** A reference that was found in the repository. */
export interface GitTarget {
  /** Its whole name: `refs/heads/main`. */
  readonly name: string;
  /** The commit, or what else the reference names once tags are followed. */
  readonly object: string;
  /** What stands before the `@` of the revision. */
  readonly label: string;
}

const PEELED = '^{}';

/**
 * The revision as Flux writes it (git.Commit's String, and AbsoluteReference for spec.ref.name).
 *
 * @param label '' for a commit of no branch.
 */
export function formatRevision(label: string, commit: string): string {
  return label === '' ? `sha1:${commit}` : `${label}@sha1:${commit}`;
}

/**
 * Finds what a reference is now. For versions that differ in their build metadata only there are several, of which the
 * newest commit counts.
 *
 * @throws SlipwayError `sources/repository-empty`, `sources/ref-missing`, `sources/semver-no-match`.
 */
export async function findTargets(
  remote: Remote,
  reference: Exclude<GitReference, { kind: 'commit' }>,
): Promise<readonly [GitTarget, ...GitTarget[]]> {
  switch (reference.kind) {
    case 'branch':
      return [await findExact(remote, `refs/heads/${reference.branch}`, reference.branch)];
    case 'tag':
      return [await findExact(remote, `refs/tags/${reference.tag}`, reference.tag)];
    case 'name':
      return [await findExact(remote, reference.name.replace(/\^\{\}$/, ''), reference.name)];
    case 'semver':
      return newest(await remote.references('refs/tags/*'), reference, remote);
  }
}

async function findExact(remote: Remote, name: string, label: string): Promise<GitTarget> {
  const target = peeled(await remote.references(name, `${name}${PEELED}`), name);
  if (target === undefined) throw await missing(remote, name);
  return { name, object: target, label };
}

function peeled(references: readonly RemoteReference[], name: string): string | undefined {
  const found = references.find((other) => other.name === `${name}${PEELED}`);
  return (found ?? references.find((other) => other.name === name))?.object;
}

async function missing(remote: Remote, name: string): Promise<SlipwayError> {
  const all = await remote.references();
  if (all.length === 0) return emptyRepository();
  const prefix = /^refs\/(heads|tags)\//.exec(name)?.[0] ?? '';
  const names = all.filter((other) => prefix !== '' && other.name.startsWith(prefix) && !other.name.endsWith(PEELED));
  const some = names.slice(0, 10).map((other) => other.name.slice(prefix.length));
  const kind = prefix === 'refs/heads/' ? 'branch' : prefix === 'refs/tags/' ? 'tag' : 'reference';
  return new SlipwayError({
    code: 'sources/ref-missing',
    message: `The repository has no ${kind} ${JSON.stringify(name.slice(prefix.length))}.`,
    remedy: some.length === 0 ? 'Correct spec.ref.' : `Correct spec.ref; there are: ${some.join(', ')}.`,
    exitStatus: 3,
  });
}

export function emptyRepository(): SlipwayError {
  return new SlipwayError({
    code: 'sources/repository-empty',
    message: 'The repository is empty.',
    remedy: 'Push a first commit.',
    exitStatus: 3,
  });
}

async function newest(
  references: readonly RemoteReference[],
  { range, text }: Extract<GitReference, { kind: 'semver' }>,
  remote: Remote,
): Promise<readonly [GitTarget, ...GitTarget[]]> {
  const tags = references
    .filter(({ name }) => !name.endsWith(PEELED))
    .map(({ name }) => name.slice('refs/tags/'.length));
  const matching = tags
    .map((tag) => parseFullVersion(tag))
    .filter((version): version is Version => version !== undefined && isInRange(version, range))
    .sort((left, right) => compareVersions(right, left));
  const [first] = matching;
  if (first === undefined) {
    if ((await remote.references()).length === 0) throw emptyRepository();
    throw new SlipwayError({
      code: 'sources/semver-no-match',
      message: `None of the repository's ${tags.length} tags is a version in ${JSON.stringify(text)}.`,
      remedy:
        'Push a tag with such a version, or correct spec.ref.semver (a pre-release must be asked for: >=1.0.0-0).',
      exitStatus: 3,
    });
  }
  const target = ({ original }: Version): GitTarget => {
    const name = `refs/tags/${original}`;
    return { name, object: peeled(references, name) ?? '', label: original };
  };
  const others = matching.slice(1).filter((version) => compareVersions(version, first) === 0);
  return [target(first), ...others.map((version) => target(version))];
}
