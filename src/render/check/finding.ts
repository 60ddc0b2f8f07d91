import type { ObjectIdentity } from '../../manifest/index.ts';

/** Something that is wrong with a repository, or may be. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Stable, such as `test/dangling-dependency`. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly remedy?: string | undefined;
  /** `namespace/name` of the Kustomization that it is in. */
  readonly kustomization: string;
  readonly object?: ObjectIdentity;
  /** JSON pointer to the field. */
  readonly pointer?: string;
  /** Where it is known without looking for the object. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}
