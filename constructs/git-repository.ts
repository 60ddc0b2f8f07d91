import type { GitRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import { chartReference, type ChartOptions, type HelmChartReference } from './helm-chart-reference.ts';
import type { WithReferences } from './references.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface GitRepositoryOptions extends Omit<WithReferences<GitRepositorySpec>, 'interval'> {
  /** `https://`, `http://` or `ssh://`; the form `user@host:path` that git knows is refused. */
  readonly url: string;
  /** A branch; for a tag, a semver range or a commit give `ref`. Default: `main`, unless `ref` is given. */
  readonly branch?: string;
  /**
   * Where several are given, Flux takes the first of `commit`, `name`, `tag`, `semver`, `branch`. A `semver` range leaves
   * out pre-releases unless it names one (`>=1.0.0-0`). A `name` is a full ref, such as `refs/pull/7/head`.
   */
  readonly ref?: GitRepositorySpec['ref'];
  /** How often Flux asks the remote for a new commit. Default: `10m`. */
  readonly interval?: string;
  /** How long one fetch may take. Default: Flux's, `60s`. */
  readonly timeout?: string;
  /**
   * What is left out of the artifact, in the syntax of .gitignore. It is appended to the repository's `.sourceignore`
   * files; with any of the two, Flux's own exclusions (images, archives, CI files, `.sops.yaml`) no longer hold.
   * A change of it alone does not trigger those who use the source.
   */
  readonly ignore?: string;
  /**
   * Keys `username` and `password`, or `bearerToken`, for https (with `ca.crt` for a private authority); `identity` and
   * `known_hosts`, both, for ssh; the `githubApp*` keys with `provider: 'github'`.
   */
  readonly secretRef?: WithReferences<GitRepositorySpec>['secretRef'];
  /** Other repositories whose files are copied in; both must be in one namespace. */
  readonly include?: WithReferences<GitRepositorySpec>['include'];
  /** Folders to fetch; one that does not exist fails the fetch. */
  readonly sparseCheckout?: readonly string[];
}

/** A git repository that Flux watches. Declared on the Cluster, it lies in `flux/repositories/git/`. */
export class GitRepository extends Source<GitRepositorySpec, 'GitRepository'> {
  constructor(scope: SourceScope, name: string, options: GitRepositoryOptions) {
    const { branch, ref, interval, url, ...rest } = options;
    super(sourceScope(scope, 'git'), 'GitRepository', name, () => ({
      interval: interval ?? '10m',
      url,
      ref: ref ?? { branch: branch ?? 'main' },
      ...rest,
    }));
  }

  /** The Helm chart in a folder of this repository; unless told otherwise it is rebuilt whenever a commit comes. */
  chart(path: string, options: ChartOptions = {}): HelmChartReference {
    return chartReference(this, path, { reconcileStrategy: 'Revision', ...options });
  }
}
