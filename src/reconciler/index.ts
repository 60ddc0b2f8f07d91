/**
 * Keeps a cluster equal to its Flux objects, in the place of source-controller and kustomize-controller: the same custom
 * resources, results, conditions, inventories and events. One loop for each source and each Kustomization, driven by
 * watches: of what is asked for, of what a Kustomization waits for, and of each object that it manages.
 */
export type { Audit, Cause, Change } from './audit.ts';
export { type AuditEntry, type AuditLog, type AuditLogOptions, openAuditLog, readAuditLog } from './audit-log.ts';
export { type BootstrapPlan, type KeySecret, planBootstrap } from './bootstrap-plan.ts';
export { Convergence, type Standing } from './convergence.ts';
export { standIn, type StandInOptions } from './controllers.ts';
export { DEFAULT_POLICY, type Policy } from './policy.ts';
export { type ReceiverOptions, serveReceivers } from './receivers.ts';
export { type Reconciler, type ReconcilerOptions, startReconciler } from './reconciler.ts';
export type { Result } from './result.ts';
export { findObject, type ObjectQuery, parseQuery, selectFluxObjects } from './survey/find-object.ts';
export { FLUX_KINDS, HELM_RELEASE } from './survey/flux-kinds.ts';
export { type FluxObject, fluxObjects } from './survey/flux-object.ts';
export { type FollowedObjects, followFluxObjects } from './survey/follow.ts';
export { formatHolder, type Keeper, keepersOf } from './survey/keepers.ts';
export { managedObjects, type ObjectNode, objectTree, rootsOf } from './survey/object-tree.ts';
export { type LiveInventory, readInventory } from './survey/read-inventory.ts';
export { servedKinds, surveyCluster } from './survey/survey.ts';
export { saidByPods, type Unwell, unwellObjects } from './survey/unwell.ts';
export type { Wait } from './survey/waits.ts';
export { whyNot } from './survey/why-not.ts';
export { type Happening, happeningOf, happeningOfChange, isAbout } from './survey/happenings.ts';
export { seedCluster } from './seed-cluster.ts';
export { previewSync, type SyncPreview } from './preview/preview-sync.ts';
export { KUSTOMIZATION } from './kustomization.ts';
export { type Trace, traceObject } from './survey/trace.ts';
