import type { KubeObject } from '../kube/index.ts';
import { formatIdentity, identityOf, type JsonObject, type ObjectIdentity } from '../manifest/index.ts';
import { ownerIn } from '../flux/index.ts';
import { applyOne } from './apply-objects.ts';
import { changedFields } from './changed-fields.ts';
import type { ReconcilerContext } from './context.ts';
import { dependencyKey } from './dependencies.ts';
import type { LiveObjects } from './live-objects.ts';
import { isJobThatPasses } from './passing-jobs.ts';
import { type Kustomization, subjectOf } from './kustomization.ts';
import type { Managed } from './reconcile.ts';
import { UnseenEdits } from './unseen-edits.ts';

/** An object that others change again and again, with drift or without, is looked at ever more seldom, up to this. Milliseconds. */
const LONGEST_PAUSE_MS = 60_000;
/** The first look is for nothing often enough, at what a controller added to a new object, that real drift right after it should not wait. */
const FIRST_PAUSE_MS = 100;

interface Pause {
  readonly until: number;
  readonly length: number;
}

/** Hears of the managed objects of one Kustomization, and puts right what others change. */
export class DriftWatch {
  readonly managed: Managed;
  readonly #drifted = new Set<string>();
  readonly #pauses = new Map<string, Pause>();
  readonly #stops: (() => void)[] = [];
  readonly #unseen = new UnseenEdits();
  /** Tells of what was put right. */
  #tell: (identity: ObjectIdentity, action: 'created' | 'configured', fields: readonly string[]) => void = () =>
    undefined;

  readonly #kustomizations: LiveObjects;

  /**
   * @param kustomizations where all Kustomizations are known
   * @param wake is told when there is something to put right
   */
  constructor(managed: Managed, kustomizations: LiveObjects, wake: () => void) {
    this.managed = managed;
    this.#kustomizations = kustomizations;
    const { live } = managed.target;
    for (const key of managed.desired.keys()) {
      if (this.#isDrifted(key)) this.#note(key, wake);
      this.#stops.push(
        live.listen(key, (object) => {
          if (object !== undefined) this.#unseen.meet(key, object);
          if (this.#isDrifted(key)) this.#note(key, wake);
        }),
      );
    }
    this.#stops.push(
      live.listenToPassed((object, key) => {
        if (managed.desired.has(key) && this.#unseen.meet(key, object)) this.#tellUnseen(key, object);
      }),
    );
  }

  /**
   * Applies what has drifted, and nothing else.
   *
   * @returns when to look again, in milliseconds; undefined where nothing waits
   * @throws what the API server refuses
   */
  async repair(
    kustomization: Kustomization,
    context: ReconcilerContext,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { target, desired, ignore, artifact } = this.managed;
    const now = performance.now();
    const due = [...this.#drifted].filter((key) => (this.#pauses.get(key)?.until ?? 0) <= now);
    const log: string[] = [];
    this.#tell = (identity, action, fields) => {
      const kustomizationName = `${kustomization.namespace}/${kustomization.name}`;
      const { revision, commit } = artifact;
      const change = { object: identity, kustomization: kustomizationName, revision, commit, fields };
      context.audit({ ...change, operation: action, cause: 'drift' });
    };
    for (const key of due) {
      this.#drifted.delete(key);
      const object = desired.get(key);
      if (object === undefined || !this.#isDrifted(key)) continue;
      this.#unseen.begin(key, target.live.get(key));
      const { action, identity, fields } = await applyOne(object, {
        ...target,
        force: kustomization.force,
        ignore,
        policy: context.policy,
        signal,
      });
      if (action === 'created' || action === 'configured') {
        log.push(`${formatIdentity(identity)} ${action}`);
        this.#tell(identity, action, fields);
      }
      this.#pauses.set(key, nextPause(this.#pauses.get(key), performance.now()));
      for (const edited of this.#unseen.end(key, target.live.get(key))) this.#tellUnseen(key, edited);
    }
    if (log.length > 0) {
      const told = { severity: 'info', reason: 'ReconciliationSucceeded', revision: artifact.revision } as const;
      context.events.tell(subjectOf(kustomization), { ...told, message: log.join('\n') });
    }
    const times = [...this.#drifted].map((key) => this.#pauses.get(key)?.until ?? 0);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - performance.now());
  }

  /** Whether there is something to put right. */
  get hasDrifted(): boolean {
    return this.#drifted.size > 0;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** An edit that nobody saw before it was undone is a change like any other. */
  #tellUnseen(key: string, edited: KubeObject): void {
    const { target } = this.managed;
    const now = target.live.get(key);
    if (now === undefined || target.knownGood.hasNotDrifted(key, edited)) return;
    const fields = changedFields(edited, now);
    if (fields.length > 0) this.#tell(identityOf(now), 'configured', fields);
  }

  #isDrifted(key: string): boolean {
    const { target, desired } = this.managed;
    const live = target.live.get(key);
    if (live === undefined && isPassing(desired.get(key))) return false;
    // On its way out by somebody's wish: made anew when it is gone.
    if (live?.metadata.deletionTimestamp !== undefined) return false;
    return !target.knownGood.hasNotDrifted(key, live) && !this.#isAnothers(desired.get(key), live);
  }

  /**
   * Another Kustomization has it now, as when a commit moves it: whoever of both still wants it says so when it is
   * reconciled, and not in a quarrel.
   */
  #isAnothers(desired: JsonObject | undefined, live: JsonObject | undefined): boolean {
    const [own, other] = [desired, live].map((object) => (object === undefined ? undefined : ownerIn(object)));
    if (other === undefined || (own?.name === other.name && own.namespace === other.namespace)) return false;
    return this.#kustomizations.get(dependencyKey(other)) !== undefined;
  }

  #note(key: string, wake: () => void): void {
    this.#drifted.add(key);
    wake();
  }
}

/** Twice as long as the one before, unless that is over for so long that it was about something else. */
function nextPause(before: Pause | undefined, now: number): Pause {
  const isAgain = before !== undefined && now < before.until + before.length;
  const length = isAgain ? Math.min(before.length * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
  return { length, until: now + length };
}

function isPassing(object: JsonObject | undefined): boolean {
  return object !== undefined && isJobThatPasses(object);
}
