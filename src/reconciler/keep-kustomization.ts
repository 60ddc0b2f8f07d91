import { identityKey } from '../manifest/index.ts';
import { Alarm } from './alarm.ts';
import type { Cause } from './audit.ts';
import type { Built } from './build.ts';
import type { ReconcilerContext } from './context.ts';
import { dependencyKey, unmetDependency } from './dependencies.ts';
import { DriftWatch } from './drift.ts';
import { sentenceOf } from './failure.ts';
import { addFinalizer, finalize, hasAccount } from './finalize.ts';
import {
  FINALIZER,
  type Kustomization,
  KUSTOMIZATION,
  type Named,
  parseKustomization,
  subjectOf,
} from './kustomization.ts';
import { LastBuild } from './last-build.ts';
import { type Outcome, reconcile } from './reconcile.ts';
import { keyOf } from './sources.ts';
import { listenForWebhook } from './webhook-wait.ts';
import { whatIsAsked } from './what-is-asked.ts';

/** What wakes the loop of a Kustomization. */
type Reason = 'spec' | 'source' | 'config' | 'dependency' | 'kind' | 'webhook' | 'drift';

const FIRST_RETRY_MS = 1000;
/** A dependency that is ready in less time than this is not worth a word in the status. */
const PATIENCE_MS = 1000;
export const KIND_OF_KINDS = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' };

/**
 * Keeps what one Kustomization says, until it is gone or the signal ends it: sleeps until its spec, its source, what it
 * depends on or one of its objects changes, or until its interval is over, and does then what that asks for. It waits for
 * nobody else, and nobody else waits for it.
 */
export async function keepKustomization(
  reference: Named,
  context: ReconcilerContext,
  signal: AbortSignal,
): Promise<void> {
  // Its own, since listening to a signal takes the longer the more there are that listen.
  const loop = new Loop(reference, context, AbortSignal.any([signal]));
  try {
    await loop.run();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    loop.stop();
  }
}

class Loop {
  readonly #key: string;
  readonly #context: ReconcilerContext;
  readonly #signal: AbortSignal;
  readonly #alarm = new Alarm<Reason>();
  readonly #stops: (() => void)[];
  readonly #lastBuild = new LastBuild<Built>();
  #overtaken = new AbortController();
  #seen = '';
  #source = '';
  #configs: readonly string[] = [];
  #drift: DriftWatch | undefined;
  #isWaitingForKinds = false;

  constructor(reference: Named, context: ReconcilerContext, signal: AbortSignal) {
    this.#key = identityKey({ ...KUSTOMIZATION, ...reference });
    this.#context = context;
    this.#signal = signal;
    const { live, artifacts, configs } = context;
    this.#stops = [
      live.listen(this.#key, (object) => {
        if (whatIsAsked(object) !== this.#seen) this.#overtake('spec');
      }),
      artifacts.listen((key) => {
        if (key === this.#source) this.#overtake('source');
      }),
      configs.listen((key) => {
        if (this.#configs.includes(key)) this.#overtake('config');
      }),
      live.listenToKind(KIND_OF_KINDS, () => {
        if (this.#isWaitingForKinds) this.#alarm.wake('kind');
      }),
    ];
  }

  stop(): void {
    this.#drift?.stop();
    for (const stop of this.#stops) stop();
  }

  async run(): Promise<void> {
    let cause: Cause = 'commit';
    let failures = 0;
    for (;;) {
      this.#signal.throwIfAborted();
      const object = this.#context.live.get(this.#key);
      if (object === undefined) return;
      const kustomization = parseKustomization(object);
      this.#seen = whatIsAsked(object);
      this.#source = keyOf(kustomization.source);
      this.#configs = kustomization.configs;
      this.#overtaken = new AbortController();
      const step = await this.#step(kustomization, cause, failures).catch((error: unknown) => this.#unreported(error));
      if (step === 'again') continue;
      if (step === 'over') return;
      this.#tell(kustomization, step);
      failures = step.kind === 'failed' ? failures + 1 : 0;
      cause = await this.#rest(kustomization, step, failures);
    }
  }

  /** What its state asks for first: to be let go, to be held, to be left alone, or to be reconciled. */
  async #step(kustomization: Kustomization, cause: Cause, failures: number): Promise<Outcome | 'again' | 'over'> {
    if (kustomization.isBeingDeleted) {
      this.#watchDrift(undefined);
      return this.#letGo(kustomization, failures);
    }
    if (!kustomization.finalizers.includes(FINALIZER)) {
      this.#context.live.observe(await addFinalizer(this.#context.client, kustomization));
      return 'again';
    }
    if (kustomization.suspend) {
      this.#watchDrift(undefined);
      return { kind: 'stalled', retryAfter: undefined, message: '', managed: undefined };
    }
    if (await this.#isOvertakenWhileWaiting(kustomization)) return 'again';
    const overtaken = this.#overtaken.signal;
    const attempt = {
      cause,
      signal: this.#signal,
      overtaken,
      managed: this.#drift?.managed,
      lastBuild: this.#lastBuild,
    };
    await this.#context.turn();
    const outcome = await reconcile(kustomization, attempt, this.#context);
    this.#watchDrift(outcome);
    return outcome;
  }

  /** The API server took not even the status: the next try says what is wrong, or that it no longer is. */
  #unreported(error: unknown): Outcome {
    this.#signal.throwIfAborted();
    return { kind: 'failed', retryAfter: undefined, message: sentenceOf(error), managed: undefined };
  }

  async #letGo(kustomization: Kustomization, failures: number): Promise<Outcome | 'again' | 'over'> {
    const { client, targets } = this.#context;
    try {
      const account = targets.accountOf(kustomization);
      const canAct = account === '' || (await hasAccount(client, kustomization.namespace, account));
      const target = canAct ? await targets.of(kustomization) : undefined;
      const isLetGo = await finalize(kustomization, target?.client, this.#context, this.#signal);
      return isLetGo ? 'over' : 'again';
    } catch (error) {
      this.#signal.throwIfAborted();
      const message = `pruning for deleted resource failed: ${sentenceOf(error)}`;
      const told = { severity: 'error', reason: 'PruneFailed', message, revision: '' } as const;
      if (failures === 0) this.#context.events.tell(subjectOf(kustomization), told);
      return { kind: 'failed', retryAfter: backOff(failures, kustomization), message, managed: undefined };
    }
  }

  /** Until something asks for the next reconciliation. Returns what. */
  async #rest(kustomization: Kustomization, outcome: Outcome, failures: number): Promise<Cause> {
    const { kind } = outcome;
    this.#isWaitingForKinds = kind === 'failed';
    const pause = kind === 'failed' ? (outcome.retryAfter ?? backOff(failures - 1, kustomization)) : outcome.retryAfter;
    const end = pause === undefined ? Infinity : performance.now() + pause;
    const stops =
      kind === 'waiting'
        ? this.#listenToDependencies(kustomization)
        : [
            listenForWebhook(outcome.message, this.#context.live, () => {
              this.#alarm.wake('webhook');
            }),
          ];
    // What drifted while it was reconciled has rung already.
    let lookAgain = this.#drift?.hasDrifted === true ? 0 : undefined;
    try {
      // It may have become ready since it was looked at, before anybody listened.
      if (kind === 'waiting' && this.#canGoOn(kustomization)) return 'commit';
      for (;;) {
        const left = Math.min(end - performance.now(), lookAgain ?? Infinity);
        if (left <= 0 && lookAgain === undefined) return kind === 'failed' ? 'retry' : 'interval';
        const reasons = await this.#alarm.sleep(left === Infinity ? undefined : Math.max(left, 0), this.#signal);
        this.#signal.throwIfAborted();
        if (reasons.has('spec')) return 'request';
        if (reasons.has('source') || reasons.has('dependency')) return 'commit';
        if (reasons.has('config')) return 'config';
        if (reasons.has('kind') || reasons.has('webhook')) return 'retry';
        if (performance.now() >= end) return kind === 'failed' ? 'retry' : 'interval';
        try {
          lookAgain = await this.#drift?.repair(kustomization, this.#context, this.#signal);
        } catch {
          this.#signal.throwIfAborted();
          // The whole of it says why in the status.
          return 'drift';
        }
      }
    } finally {
      for (const stop of stops) stop();
    }
  }

  /**
   * Gives its source and its dependencies, which may be about to be ready, a moment, so that a commit costs one status and
   * not two. Returns whether its spec or its source changed meanwhile.
   */
  async #isOvertakenWhileWaiting(kustomization: Kustomization): Promise<boolean> {
    const end = performance.now() + PATIENCE_MS;
    const stops = this.#listenToDependencies(kustomization);
    try {
      while (!this.#canGoOn(kustomization)) {
        const left = end - performance.now();
        if (left <= 0) return false;
        const reasons = await this.#alarm.sleep(left, this.#signal);
        this.#signal.throwIfAborted();
        if (reasons.has('spec') || reasons.has('source') || reasons.has('config')) return true;
      }
      return false;
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** Whether its source and what it depends on are there. */
  #canGoOn(kustomization: Kustomization): boolean {
    const { live, artifacts, policy } = this.#context;
    const artifact = artifacts.get(kustomization.source);
    if (artifact === undefined) return false;
    try {
      return unmetDependency(kustomization, artifact.revision, live, policy) === undefined;
    } catch {
      // The reconciliation says what is wrong.
      return true;
    }
  }

  #listenToDependencies({ dependsOn }: Kustomization): readonly (() => void)[] {
    // An expression may be about anything of both.
    const own = dependsOn.some(({ readyExpr }) => readyExpr !== '') ? [this.#key] : [];
    return [...dependsOn.map(dependencyKey), ...own].map((key) =>
      this.#context.live.listen(key, () => {
        this.#alarm.wake('dependency');
      }),
    );
  }

  #watchDrift(outcome: Outcome | undefined): void {
    // Nothing was applied: what was applied before is still to stay as it is.
    if (outcome !== undefined && outcome.managed === undefined) return;
    this.#drift?.stop();
    const managed = outcome?.managed;
    this.#drift =
      managed === undefined
        ? undefined
        : new DriftWatch(managed, this.#context.live, () => {
            this.#alarm.wake('drift');
          });
  }

  #tell({ suspend, generation, source }: Kustomization, { kind, message, managed }: Outcome): void {
    if (suspend) return;
    const { artifacts, onResult } = this.#context;
    const revision = managed?.artifact.revision ?? artifacts.get(source)?.revision ?? '';
    onResult({ key: this.#key, kind, generation, revision, message });
  }

  #overtake(reason: 'spec' | 'source' | 'config'): void {
    this.#overtaken.abort(new Error(`New reconciliation triggered by a change of its ${reason}`));
    this.#alarm.wake(reason);
  }
}

function backOff(failures: number, { retryInterval }: Kustomization): number {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, retryInterval);
}
