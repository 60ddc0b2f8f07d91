import type { GitRepositorySpec } from '../imports/source.toolkit.fluxcd.io.ts';
import type { HelmChartReference } from './helm-chart.ts';
import { Source, sourceScope, type SourceScope } from './sources.ts';

export interface GitRepositoryOptions extends Omit<GitRepositorySpec, 'interval' | 'ref'> {
  /** A branch; for a tag, a semver range or a commit give `ref`. Default: `main`, unless `ref` is given. */
  readonly branch?: string;
  readonly ref?: GitRepositorySpec['ref'];
  /** How often Flux asks the remote for a new commit. Default: `10m`. */
  readonly interval?: string;
}

/** A git repository that Flux watches. Declared on the Cluster, it lies in `flux/repositories/git/`. */
export class GitRepository extends Source<GitRepositorySpec> {
  constructor(scope: SourceScope, name: string, options: GitRepositoryOptions) {
    const { branch, ref, interval, url, ...rest } = options;
    super(sourceScope(scope, 'git'), 'GitRepository', name, () => ({
      interval: interval ?? '10m',
      url,
      ref: ref ?? { branch: branch ?? 'main' },
      ...rest,
    }));
  }

  /** The Helm chart in a folder of this repository; it is rebuilt whenever a commit comes. */
  chart(path: string): HelmChartReference {
    return { source: this, chart: path, reconcileStrategy: 'Revision' };
  }
}
