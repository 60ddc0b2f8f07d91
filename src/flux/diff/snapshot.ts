import { type JsonObject } from '../../manifest/index.ts';

/** A Kustomization or HelmRelease with what it applies, as one revision of a repository has it. */
export interface Applied {
  /** `namespace/name` of the Kustomization, or of the one that makes the HelmRelease. */
  readonly kustomization: string;
  /** `namespace/name` of the HelmRelease. */
  readonly release?: string | undefined;
  /** The name that the chart of a HelmRelease has for itself; undefined where that is not known here. */
  readonly chart?: string | undefined;
  /** `spec` of the one or the other. */
  readonly spec: JsonObject;
  readonly objects: readonly JsonObject[];
  /** Whether its objects are all known: a build that failed says nothing of what is gone. */
  readonly isWhole: boolean;
}

/** What a cluster would be told by one revision of a repository. */
export type Snapshot = readonly Applied[];

/** What applies objects: `namespace/name` of a Kustomization, `HelmRelease/namespace/name`. */
export function ownerOf({ kustomization, release }: Pick<Applied, 'kustomization' | 'release'>): string {
  return release === undefined ? kustomization : `HelmRelease/${release}`;
}
