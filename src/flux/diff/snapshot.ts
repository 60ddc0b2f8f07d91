import { type JsonObject } from '../../manifest/index.ts';

/** A Kustomization with what it applies, as one revision of a repository has it. */
export interface Applied {
  /** `namespace/name`. */
  readonly kustomization: string;
  /** `spec` of the Kustomization. */
  readonly spec: JsonObject;
  readonly objects: readonly JsonObject[];
  /** Whether its objects are all known: a build that failed says nothing of what is gone. */
  readonly isWhole: boolean;
}

/** What a cluster would be told by one revision of a repository. */
export type Snapshot = readonly Applied[];
