import type { FileTree } from '../flux/index.ts';
import type { StoredArtifact } from '../sources/index.ts';
import type { SourceReference } from './kustomization.ts';

/** Of what source-controller watches. */
export const SOURCE = { group: 'source.toolkit.fluxcd.io', version: 'v1' } as const;

/** Who made a revision. */
export interface Commit {
  readonly hash: string;
  readonly author: string;
  /** The first line of its message. */
  readonly subject: string;
}

/** What a source holds now. */
export interface SourceArtifact {
  /** As Flux writes it: `main@sha1:<hash>`. */
  readonly revision: string;
  /** Of what it was packed from (`org.opencontainers.image.revision`); '' where it does not say. */
  readonly originRevision: string;
  readonly tree: FileTree;
  /** Undefined for one that is not on a disk. */
  readonly stored?: StoredArtifact | undefined;
  readonly commit?: Commit | undefined;
}

/** Where Kustomizations get what they build, and who is told when that changes. */
export class Artifacts {
  readonly #artifacts = new Map<string, SourceArtifact>();
  readonly #listeners = new Set<(key: string) => void>();

  get(source: SourceReference): SourceArtifact | undefined {
    return this.#artifacts.get(keyOf(source));
  }

  /** Another tree of the same revision wakes nobody, as with Flux (SourceRevisionChangePredicate). */
  set(source: SourceReference, artifact: SourceArtifact): void {
    const key = keyOf(source);
    const before = this.#artifacts.get(key);
    this.#artifacts.set(key, artifact);
    if (before?.revision !== artifact.revision) for (const listener of this.#listeners) listener(key);
  }

  delete(source: SourceReference): void {
    this.#artifacts.delete(keyOf(source));
  }

  /**
   * @param listener is told of each source that has another revision
   * @returns what ends it
   */
  listen(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

export function keyOf({ kind, namespace, name }: SourceReference): string {
  return `${kind}/${namespace}/${name}`;
}
