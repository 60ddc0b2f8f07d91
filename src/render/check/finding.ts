import type { ObjectIdentity } from '../../manifest/index.ts';

/** Something that is wrong with a repository, or may be. */
export interface Finding {
  /** A note is of what was not looked at. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Stable, such as `test/dangling-dependency`. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly remedy?: string | undefined;
  /** `namespace/name` of the Kustomization that it is in. */
  readonly kustomization: string;
  /** Of what a chart makes: `namespace/name` of the HelmRelease, which that Kustomization makes. */
  readonly release?: string | undefined;
  readonly object?: ObjectIdentity;
  /** JSON pointer to the field of the object, or else of the HelmRelease. */
  readonly pointer?: string;
  /** Where it is known without looking for the object. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}
