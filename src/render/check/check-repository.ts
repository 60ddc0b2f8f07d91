import type { ObjectIdentity } from '../../manifest/index.ts';
import type { RenderedRelease } from '../helm/index.ts';
import { Origins } from '../origin/origins.ts';
import { ENTRY, type Rendered } from '../walk.ts';
import { appliersOf } from './applier.ts';
import { checkChartSources } from './chart-sources.ts';
import { checkDependencies } from './dependencies.ts';
import type { Finding } from './finding.ts';
import { checkOwners } from './owners.ts';
import { checkRecipients } from './recipients.ts';
import { checkReleases } from './releases.ts';
import { checkSchemas } from './schemas.ts';
import { checkSecrets } from './secrets.ts';

export interface CheckOptions {
  /** The release 1.x of Kubernetes that the cluster has. Default: the one whose schemas are here. */
  readonly kubernetesMinor?: number | undefined;
  /** What became of its HelmReleases, where these are looked at. */
  readonly releases?: readonly RenderedRelease[];
  /** Sources that are said to be elsewhere, by `sourceKey`. */
  readonly given?: ReadonlySet<string>;
  /** Whether there are keys by which encrypted files could be opened. Default: there are none. */
  readonly hasKeys?: boolean;
}

/** All that can be found wrong with a repository without a cluster, each with its place in a file where there is one. */
export async function checkRepository(
  rendered: readonly Rendered[],
  { kubernetesMinor, releases = [], given = new Set(), hasKeys = false }: CheckOptions = {},
): Promise<readonly Finding[]> {
  // How the entry itself is applied is not known: by a bootstrap, by hand, or by a Kustomization that it makes.
  const declared = rendered.filter(({ name }) => name !== ENTRY);
  const findings = [
    ...rendered.flatMap(ofBuild),
    ...checkReleases(releases),
    ...checkChartSources(rendered, given),
    ...checkDependencies(rendered),
    ...checkOwners(appliersOf(declared, releases)),
    ...checkSecrets(declared),
    ...checkRecipients(rendered, hasKeys),
    ...checkSchemas(appliersOf(rendered, releases), kubernetesMinor),
  ];
  const place = placer(rendered);
  const placed: Finding[] = [];
  for (const finding of findings) placed.push(await place(finding));
  return placed;
}

/** What became of the build itself. */
function ofBuild({ namespace, name, status, error, reason, unknownVariables }: Rendered): readonly Finding[] {
  const kustomization = `${namespace}/${name}`;
  if (status === 'failed' && error !== undefined) {
    const { code, message, remedy } = error;
    const { file, line, column } = error.place;
    return [{ severity: 'error', code, message, remedy, kustomization, file, line, column }];
  }
  if (status === 'skipped') {
    const message = `It was not looked at: ${reason ?? ''}.`;
    return [{ severity: 'warning', code: 'test/skipped', message, kustomization }];
  }
  if (unknownVariables.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'test/unknown-variables',
      message: `Variables that only the cluster has: ${unknownVariables.join(', ')}.`,
      remedy: 'Give them by --cluster-var NAME=VALUE to have what they make looked at.',
      kustomization,
    },
  ];
}

/** Finds where a finding stands; what another source holds has no place in this repository. */
function placer(rendered: readonly Rendered[]): (finding: Finding) => Promise<Finding> {
  const origins = new Origins(rendered);
  return async (finding) => {
    if (finding.file !== undefined) return finding;
    const { kustomization, release, object, pointer = '' } = finding;
    const position =
      release !== undefined
        ? // What a chart makes is written in no file of the repository.
          await origins.placeOf(kustomization, releaseIdentity(release), object === undefined ? pointer : '')
        : object === undefined
          ? await origins.placeOfKustomization(kustomization)
          : await origins.placeOf(kustomization, object, pointer);
    if (position === undefined || position.source !== undefined) return finding;
    const { file, line, column } = position;
    return { ...finding, file, line, column };
  };
}

function releaseIdentity(release: string): ObjectIdentity {
  const [namespace = '', name = ''] = release.split('/');
  return { group: 'helm.toolkit.fluxcd.io', version: '', kind: 'HelmRelease', namespace, name };
}
