/**
 * Keeps a cluster equal to its Flux objects, in the place of source-controller and kustomize-controller: the same custom
 * resources, results, conditions, inventories and events. One loop for each source and each Kustomization, driven by
 * watches: of what is asked for, of what a Kustomization waits for, and of each object that it manages.
 */
export type { Audit, Cause, Change } from './audit.ts';
export { type AuditEntry, type AuditLog, type AuditLogOptions, openAuditLog, readAuditLog } from './audit-log.ts';
export { Convergence, type Standing } from './convergence.ts';
export { standIn, type StandInOptions } from './controllers.ts';
export type { Policy } from './context.ts';
export { type Reconciler, type ReconcilerOptions, startReconciler } from './reconciler.ts';
export type { Result } from './result.ts';
