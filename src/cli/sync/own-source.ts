import { spawnSync } from 'node:child_process';
import { SlipwayError } from '../../errors.ts';
import { type KubeClient, listObjects } from '../../kube/index.ts';
import { isObject } from '../../manifest/index.ts';

const GIT_REPOSITORY = { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'GitRepository' };

/** A GitRepository, and where it is fetched from. */
export interface NamedRepository {
  /** `GitRepository/namespace/name`. */
  readonly key: string;
  readonly url: string;
}

export async function repositoriesOf(client: KubeClient): Promise<readonly NamedRepository[]> {
  const { objects } = await listObjects(client, GIT_REPOSITORY);
  return objects.map(({ metadata, spec }) => ({
    key: `GitRepository/${metadata.namespace ?? ''}/${metadata.name}`,
    url: isObject(spec) && typeof spec.url === 'string' ? spec.url : '',
  }));
}

/**
 * Which of the repositories a working tree is a clone of: the only one, or that of one of its remotes.
 *
 * @throws SlipwayError `sync/which-source` (status 2) where that does not tell
 */
export function ownRepository(repositories: readonly NamedRepository[], folder: string): NamedRepository {
  const [only] = repositories;
  if (only !== undefined && repositories.length === 1) return only;
  const remotes = new Set(remotesOf(folder).map(placeOf));
  const [match, another] = repositories.filter(({ url }) => remotes.has(placeOf(url)));
  if (match !== undefined && another === undefined) return match;
  throw new SlipwayError({
    code: 'sync/which-source',
    message:
      only === undefined
        ? 'There is no GitRepository that the folder could be taken in place of.'
        : 'No remote of the folder tells which GitRepository it is to be taken in place of.',
    remedy:
      only === undefined
        ? '`slipway bootstrap` brings the first of a cluster.'
        : `Say so: ${repositories.map(({ key }) => `--source ${key}=${folder}`).join(' or ')}.`,
    place: { file: folder },
    exitStatus: 2,
  });
}

function remotesOf(folder: string): readonly string[] {
  const { status, stdout } = spawnSync('git', ['remote', '-v'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) return [];
  return [...stdout.matchAll(/^\S+\s+(\S+)/gm)].map(([, url = '']) => url);
}

/** Host and path: the same for `git@host:a/b.git`, `ssh://git@host/a/b` and `https://host/a/b.git`. */
function placeOf(url: string): string {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.*)$/.exec(url);
  const [host = '', path = ''] = scp === null ? hostAndPath(url) : [scp[1], scp[2]];
  return `${host.toLowerCase()}/${path.replace(/^\/+/, '').replace(/(\.git)?\/*$/, '')}`;
}

function hostAndPath(url: string): readonly [string, string] {
  const parsed = URL.parse(url);
  return parsed === null ? ['', url] : [parsed.hostname, parsed.pathname];
}
