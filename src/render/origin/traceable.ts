import type { Rendered } from '../walk.ts';

/** What of a Kustomization tells where its objects come from: of a walk, or of a cluster that has it. */
export type Traceable = Pick<
  Rendered,
  'namespace' | 'name' | 'parent' | 'spec' | 'status' | 'objects' | 'built' | 'trace'
>;
