/** Where an object of the tree comes from. */
export interface Origin {
  /** `Kind/namespace/name`, or `Kind/name`. */
  readonly object: string;
  /** Path of the construct, for example `ai-ml/milvus/milvus`. */
  readonly constructPath: string;
  /**
   * The lines of the author's TypeScript that led to it, innermost first, as `file:line:column` relative to the
   * project. Read lazily: formatting a stack costs far more than capturing it.
   */
  readonly source: () => readonly string[];
}
