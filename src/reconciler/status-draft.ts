import {
  addToHistory,
  type Conditions,
  formatInventory,
  type Inventory,
  isTrue,
  markReconciling,
  markStalled,
  parseConditions,
  type Saying,
  setCondition,
  withoutCondition,
} from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import type { Kustomization } from './kustomization.ts';

/** The status of a Kustomization while it is being reconciled, in the words of kustomize-controller. */
export class StatusDraft {
  readonly #kustomization: Kustomization;
  readonly #startedAt = performance.now();
  #conditions: Conditions;
  #fields: JsonObject;

  constructor(kustomization: Kustomization) {
    this.#kustomization = kustomization;
    this.#conditions = parseConditions(kustomization.status.conditions);
    this.#fields = {};
  }

  /** `Reconciliation in progress` (KC: reconcile, before the first step). */
  begin(message: string): void {
    this.#set('Ready', 'Unknown', 'Progressing', 'Reconciliation in progress');
    this.progress(message);
  }

  progress(message: string): void {
    this.#conditions = markReconciling(this.#conditions, 'Progressing', message, this.#saying());
  }

  attempted(revision: string): void {
    this.#fields = { ...this.#fields, lastAttemptedRevision: revision };
  }

  inventory(inventory: Inventory): void {
    this.#fields = { ...this.#fields, inventory: formatInventory(inventory) };
  }

  /** KC: checkHealth. */
  healthChecking(message: string): void {
    this.progress(message);
    this.#set('Healthy', 'Unknown', 'Progressing', message);
  }

  healthy(message: string): void {
    this.#set('Healthy', 'True', 'Succeeded', message);
  }

  unhealthy(message: string): void {
    this.#set('Healthy', 'False', 'HealthCheckFailed', message);
  }

  healthUnchecked(): void {
    this.#conditions = withoutCondition(this.#conditions, 'Healthy');
  }

  get wasHealthy(): boolean {
    return isTrue(parseConditions(this.#kustomization.status.conditions), 'Healthy');
  }

  get isHealthy(): boolean {
    return isTrue(this.#conditions, 'Healthy');
  }

  ready(revision: string, originRevision: string): void {
    this.#set('Ready', 'True', 'ReconciliationSucceeded', `Applied revision: ${revision}`);
    this.#conditions = withoutCondition(withoutCondition(this.#conditions, 'Reconciling'), 'Stalled');
    this.#fields = {
      ...this.#fields,
      lastAppliedRevision: revision,
      ...(originRevision === '' ? {} : { lastAppliedOriginRevision: originRevision }),
      observedGeneration: this.#kustomization.generation,
    };
  }

  /** It is tried again (KC: finalizeStatus). */
  failed(reason: string, message: string): void {
    this.#set('Ready', 'False', reason, message);
    const reconciling = this.#conditions.find(({ type }) => type === 'Reconciling');
    if (reconciling === undefined) return;
    this.#set('Reconciling', 'True', 'ProgressingWithRetry', reconciling.message);
  }

  /** Only a change of the Kustomization helps. */
  stalled(reason: string, message: string): void {
    this.#set('Ready', 'False', reason, message);
    this.#conditions = markStalled(this.#conditions, reason, message, this.#saying());
    this.#fields = { ...this.#fields, observedGeneration: this.#kustomization.generation };
  }

  /** An entry of `status.history`, once the objects are built. */
  history(digest: string, status: string, revision: string, originRevision: string): void {
    const entry = {
      digest,
      status,
      now: Date.now(),
      duration: performance.now() - this.#startedAt,
      metadata: { revision, ...(originRevision === '' ? {} : { originRevision }) },
    };
    this.#fields = { ...this.#fields, history: addToHistory(this.#kustomization.status.history, entry) };
  }

  /** As it is written now; what nobody set stays as it was. */
  toJson(): JsonObject {
    const { requestedAt, status } = this.#kustomization;
    const handled = requestedAt === '' ? {} : { lastHandledReconcileAt: requestedAt };
    return { ...status, ...this.#fields, ...handled, conditions: [...this.#conditions] };
  }

  #set(type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string): void {
    this.#conditions = setCondition(this.#conditions, type, status, reason, message, this.#saying());
  }

  #saying(): Saying {
    return { now: Date.now(), generation: this.#kustomization.generation };
  }
}
