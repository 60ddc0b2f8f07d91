import { KUSTOMIZATION } from '../kustomization.ts';
import { SOURCE } from '../sources.ts';

export interface FluxKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** What people call it on a command line besides its kind (the short names of its CRD, and those of the flux command). */
  readonly aliases: readonly string[];
}

export const HELM_RELEASE = { group: 'helm.toolkit.fluxcd.io', version: 'v2', kind: 'HelmRelease' } as const;

/** What Flux's objects come from. */
export const SOURCE_KINDS: readonly FluxKind[] = [
  { ...SOURCE, kind: 'GitRepository', aliases: ['gitrepo', 'git'] },
  { ...SOURCE, kind: 'OCIRepository', aliases: ['ocirepo', 'oci'] },
  { ...SOURCE, kind: 'Bucket', aliases: [] },
  { ...SOURCE, kind: 'HelmRepository', aliases: ['helmrepo'] },
  { ...SOURCE, kind: 'HelmChart', aliases: ['hc'] },
  { ...SOURCE, kind: 'ExternalArtifact', aliases: ['ea'] },
];

/** The kinds whose objects say what is to be in the cluster, in the order in which they are shown. */
export const FLUX_KINDS: readonly FluxKind[] = [
  ...SOURCE_KINDS,
  { ...KUSTOMIZATION, aliases: ['ks'] },
  { ...HELM_RELEASE, aliases: ['hr'] },
];
