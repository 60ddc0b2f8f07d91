import { spawnSync } from 'node:child_process';

/**
 * The files below `root` whose content on disk git could not give back: untracked ones, and tracked ones that were
 * changed since they were last staged or committed. A file that is in conflict does not count, since what it holds
 * was put there by git and both sides of it are in the index.
 *
 * @returns paths relative to `root`, or `undefined` where there is no git or no repository.
 */
export function filesUnknownToGit(root: string): Set<string> | undefined {
  const changed = gitList(root, ['ls-files', '-z', '--modified', '--others']);
  const conflicted = gitList(root, ['diff', '--name-only', '--relative', '-z', '--diff-filter=U', '--no-ext-diff']);
  if (changed === undefined || conflicted === undefined) return undefined;
  for (const path of conflicted) changed.delete(path);
  return changed;
}

function gitList(root: string, args: readonly string[]): Set<string> | undefined {
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', '-c', 'core.fsmonitor=false', ...args], {
    cwd: root,
    env: withoutGitVariables(),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status !== 0) return undefined;
  return new Set(stdout.split('\0').filter((path) => path !== ''));
}

/**
 * In a git hook they name the index of the commit in the making, and lead every git below astray (githooks(5)). An age key
 * that may stand in the environment is no business of git either.
 */
function withoutGitVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') && name !== 'SOPS_AGE_KEY'),
  );
}
