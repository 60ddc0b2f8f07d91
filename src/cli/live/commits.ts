import { gitRoot, readCommit } from '../../render/index.ts';

/** A commit with what is known of it. */
export interface KnownCommit {
  readonly hash: string;
  /** As `Ada <ada@example.org>`; undefined, as the rest is, where neither git nor the audit log here has it. */
  readonly author: string | undefined;
  readonly date: string | undefined;
  readonly subject: string | undefined;
}

/** Who made a commit that the cluster names: from the git repository that the command runs in, else from the audit log. */
export interface Commits {
  /** undefined where the revision is of no commit */
  of(hash: string | undefined): KnownCommit | undefined;
}

/** @param noted commits of which something else is known, such as an audit log */
export function createCommits(
  cwd: string,
  noted: (hash: string) => { readonly author: string; readonly subject: string } | undefined = () => undefined,
): Commits {
  const known = new Map<string, KnownCommit>();
  let repository: string | undefined | null = null;
  const look = (hash: string): KnownCommit => {
    repository = repository === null ? gitRoot(cwd) : repository;
    const commit = repository === undefined ? undefined : readCommit(repository, hash);
    return commit ?? { hash, date: undefined, author: undefined, subject: undefined, ...noted(hash) };
  };
  return {
    of: (hash) => {
      if (hash === undefined) return undefined;
      const commit = known.get(hash) ?? look(hash);
      known.set(hash, commit);
      return commit;
    },
  };
}
