import type { Origin } from './origin.ts';

/** One file of the tree, wholly in memory. */
export interface TreeFile {
  /** Relative to the tree's root, with `/`, for example `apps/ai-ml/milvus/ks.yaml`. */
  readonly path: string;
  readonly content: Uint8Array;
  /** What the file is made of, in the order in which it holds it; empty for a list such as kustomization.yaml. */
  readonly origins: readonly Origin[];
}

/** Every file that synth makes, by path. */
export type Tree = ReadonlyMap<string, TreeFile>;
