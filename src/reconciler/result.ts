/** What became of a try to bring a source or a Kustomization to what it asks for. */
export interface Result {
  /** `identityKey` of the source or Kustomization. */
  readonly key: string;
  /** `waiting`: for something else to be there or ready; `stalled`: until its spec is another. */
  readonly kind: 'ready' | 'failed' | 'waiting' | 'stalled';
  /** `metadata.generation` of what was carried out. */
  readonly generation: number;
  /** Of the artifact that is there, or that was built; '' where there was none. */
  readonly revision: string;
  /** Why it is not ready; '' where it is. */
  readonly message: string;
}
