/**
 * What Flux means, as pure functions over data: which kustomization.yaml it generates, what kustomize builds of it,
 * what of it is decrypted, how post-build variables are substituted, which files of a source are ignored. Knows no disk, no network, no clock
 * and no process: the reconciler, the offline renderer and the tests call the same functions, which is why the offline
 * answer is the live answer.
 */
export { type FileTree, MemoryTree, OverlaidTree, resolvePath } from './file-tree.ts';
export { type GeneratedKustomization, generateKustomization, whereWritten } from './generate.ts';
export { afterCleanUp, FIELD_MANAGER, metadataCleanUp, versionMigration } from './apply/clean-up.ts';
export { type DriftIgnore, keepingFields, parseDriftIgnore, withoutFields } from './apply/drift-ignore.ts';
export {
  formatInventory,
  inDeletionOrder,
  type Inventory,
  mergeInventories,
  parseInventory,
  staleObjects,
} from './apply/inventory.ts';
export { inApplyOrder } from './apply/order.ts';
export { type FluxOwner, fluxOwnerOf } from './apply/owner.ts';
export { type CommonMetadata, prepareForApply } from './apply/prepare.ts';
export { applyStages, type Stage } from './apply/stages.ts';
export { isLeftAlone, isPrunable, isRecreationAllowed, type Owner, ownerIn, ownerLabels } from './apply/switches.ts';
export type { HealthExpressions } from './health/health-expressions.ts';
export { type Health, type HealthStatus } from './health/health.ts';
export { objectHealth } from './health/object-health.ts';
export { isLastingPodFailure } from './health/pod.ts';
export {
  type Conditions,
  formatTime,
  isTrue,
  markReconciling,
  markStalled,
  parseConditions,
  type Saying,
  setCondition,
  type StatusCondition,
  withoutCondition,
} from './status/conditions.ts';
export { formatDuration, parseDuration } from './status/duration.ts';
export { addToHistory, type Reconciliation } from './status/history.ts';
export type { Decryption, EncryptedPart } from './decrypt/open.ts';
export { decodeBase64, isDecryptionDisabled, isEncryptedSecret, isSealed } from './decrypt/sealed.ts';
export { type DecryptionSpec, parseDecryption } from './decrypt/spec.ts';
export { hookEvents, inHookOrder } from './helm/hooks.ts';
export { releaseName, releaseNamespace, storageNamespace } from './helm/release-names.ts';
export {
  attemptedRevisionOf,
  commitOf,
  isAtRest,
  isReady,
  type Readiness,
  readinessOf,
  type ReadinessState,
  revisionOf,
  shortRevision,
} from './status/readiness.ts';
export { remedyOf } from './status/remedy.ts';
export { writeGoYaml } from './go-yaml.ts';
export { ignoreFilter, type IgnorePattern, parseIgnorePatterns } from './ignore.ts';
export type { BuildPart, PartKind, TreePlace } from './kustomize/trace.ts';
export { substitute, type SubstituteOptions } from './substitute/substitute.ts';
export { loadVariables, parsePostBuild, type PostBuild, type VariableSource } from './substitute/variables.ts';
export { type ClusterDiff, diffSnapshots, type ObjectChange, shownDifferences, type Unseen } from './diff/diff.ts';
export type { Danger } from './diff/danger.ts';
export { keptBy } from './diff/prune.ts';
export { type Applied, ownerOf, type Snapshot } from './diff/snapshot.ts';
export type { Wait } from './diff/waits.ts';
