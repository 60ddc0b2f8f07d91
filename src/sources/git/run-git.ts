import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { bareEnvironment, type ProgramResult, runProgram } from '../process.ts';

export interface GitOptions {
  /** The repository, a bare one. */
  readonly gitDir?: string | undefined;
  /** A folder that holds `.gitconfig`, all the configuration there is beside the repository's own. */
  readonly home?: string | undefined;
  readonly input?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

/**
 * What keeps a fetched repository from running anything here, or from reaching anywhere: hooks, filters, file system
 * monitors, credential helpers and prompts are off, and no transport is allowed but the one that a relay turns on.
 * Nothing is ever checked out by git, so no attribute of the repository has an effect either.
 */
export const SAFE_CONFIG = [
  ...['[core]', 'hooksPath = /dev/null', 'fsmonitor = false', 'sshCommand = false', 'attributesFile = /dev/null'],
  ...['[protocol]', 'allow = never', '[credential]', 'helper =', '[submodule]', 'recurse = false'],
  ...['[http]', 'followRedirects = false', 'proxy =', '[transfer]', 'bundleURI = false'],
  // Loose objects would be many files; housekeeping is not worth its time, since a cache that grew is thrown away.
  ...['[fetch]', 'unpackLimit = 1', 'recurseSubmodules = false', '[gc]', 'auto = 0', '[maintenance]', 'auto = false'],
];

export async function runGit(args: readonly string[], options: GitOptions): Promise<ProgramResult> {
  const home = options.home ?? path.join(options.gitDir ?? '/', 'no-home');
  const env: Record<string, string> = {
    ...bareEnvironment(),
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'none'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
  };
  const { input, signal, onOutput } = options;
  return runProgram('git', args, { env, cwd: options.gitDir ?? options.home, input, signal, onOutput });
}

/** Runs git on a repository that is here. */
export async function localGit(args: readonly string[], options: GitOptions & { gitDir: string }): Promise<Buffer> {
  const result = await runGit(args, options);
  if (result.status === 0) return result.stdout;
  throw gitFailed(args[0] ?? '', result.stderr);
}

export function gitFailed(command: string, said: string): SlipwayError {
  const lines = said.split('\n').filter((line) => /^(fatal|error|remote):/.test(line));
  return new SlipwayError({
    code: 'sources/git-failed',
    message: `git ${command} failed: ${(lines.length > 0 ? lines : said.split('\n')).slice(0, 3).join(' ') || 'it said nothing'}`,
    remedy: 'Check that the URL is of a git repository.',
    exitStatus: 3,
  });
}
