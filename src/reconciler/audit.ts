import type { ObjectIdentity } from '../manifest/index.ts';
import type { Commit } from './sources.ts';

/** One change that the reconciler made in the cluster. */
export interface Change {
  readonly operation: 'created' | 'configured' | 'deleted';
  readonly object: ObjectIdentity;
  /** The Kustomization, as `namespace/name`; '' where none was there yet. */
  readonly kustomization: string;
  readonly revision: string;
  readonly commit?: Commit | undefined;
  /** JSON pointers of what became another, was added or went; values never. */
  readonly fields: readonly string[];
  readonly cause: Cause;
}

/** Why a change was made; `config` stands for a ConfigMap or Secret that the Kustomization reads. */
export type Cause = 'commit' | 'config' | 'drift' | 'interval' | 'request' | 'retry' | 'deletion' | 'bootstrap';

/** Told of each change after it was made. */
export type Audit = (change: Change) => void;
