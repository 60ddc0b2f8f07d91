/**
 * A whole repository as the objects of each of its Kustomizations and HelmReleases, with no cluster: the walk from an entry
 * folder, the engines that build, the artifacts of sources.
 */
export { type BuildCache, createDiskCache } from './build-cache.ts';
export { buildKustomization, type BuiltKustomization, type KustomizationInput } from './build-kustomization.ts';
export { hasSecret, withoutSecretValues } from './hide-secrets.ts';
export { DiskTree, fileTooLarge, MAX_FILE_BYTES } from './disk-tree.ts';
export { createEngine, type Engine, type EngineName } from './engine.ts';
export {
  CHARTS_HINT,
  chartPlaces,
  createHelmProgram,
  inInstallOrder,
  type ReleaseOptions,
  type RenderedRelease,
  type ReleaseSide,
  releaseSnapshots,
  renderReleases,
} from './helm/index.ts';
export { MaskedValues } from './masked-values.ts';
export { createKustomizeProgram, type KustomizeProgram } from './kustomize-program.ts';
export { type Answer, givesSameAnswers, RecordingTree } from './recording-tree.ts';
export { sourceKey } from './sources.ts';
export { ENTRY, type Rendered, walk, type WalkOptions } from './walk.ts';
export { type GitCommit, gitRoot, mergeBase, readCommit, readGitTree, resolveRevision } from './git-tree.ts';
export { cachedWalk, documentsOf, type RenderedText } from './cached-walk.ts';
