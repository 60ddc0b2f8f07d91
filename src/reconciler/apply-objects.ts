import { applyStages, type DriftIgnore, type HealthExpressions, inApplyOrder, type Inventory } from '../flux/index.ts';
import { isApiError, type KubeClient, type KubeObject, getObject } from '../kube/index.ts';
import { formatIdentity, identityKey, identityOf, type JsonObject, type ObjectIdentity } from '../manifest/index.ts';
import { type Action, applyObject } from './apply-object.ts';
import { changedFields } from './changed-fields.ts';
import { concurrently } from './concurrently.ts';
import { sentenceOf } from './failure.ts';
import type { KnownGood } from './known-good.ts';
import type { LiveObjects } from './live-objects.ts';
import type { Policy } from './policy.ts';
import { waitForHealth } from './wait-for-health.ts';

export interface ApplyContext {
  /** Makes the changes; perhaps as somebody else. */
  readonly client: KubeClient;
  readonly live: LiveObjects;
  readonly knownGood: KnownGood;
  /** `spec.force` of the Kustomization. */
  readonly force: boolean;
  /** `spec.ignore` of the Kustomization. */
  readonly ignore: DriftIgnore;
  readonly policy: Policy;
  /** Whether the client acts as an account, who is told only of what it may read. */
  readonly isImpersonated: boolean;
  readonly signal: AbortSignal;
}

export interface ApplyAllContext extends ApplyContext {
  /** How the custom resources of a stage that is waited for say how they fare. */
  readonly expressions: HealthExpressions;
  /** Is told where definitions take their time, once a stage. */
  readonly onWaiting: () => Promise<void>;
}

export interface Applied {
  readonly identity: ObjectIdentity;
  readonly action: Action;
  /** What was asked for. */
  readonly desired: JsonObject;
  /** JSON pointers of what was changed. */
  readonly fields: readonly string[];
}

export interface ApplyResult {
  /** What is in the cluster as it should be, or was left alone, in the order of apply. */
  readonly applied: readonly Applied[];
  /** A sentence for each object that was refused; what comes after its stage was not applied. */
  readonly errors: readonly string[];
  /** What failed without a word of refusal, so that it may have been made all the same. */
  readonly uncertain: Inventory;
}

/** Objects of one kind that are applied at a time. */
const CONCURRENCY = 16;
/** ssa: ApplyOptions.WaitTimeout. */
const STAGE_TIMEOUT_MS = 60_000;

/**
 * Applies the objects of a Kustomization in stages (ssa: ApplyAllStaged), within a stage kind by kind. An object that is
 * known to be as it should costs no request. One that is refused holds up no other of its stage, and the stages after it.
 */
export async function applyObjects(objects: readonly JsonObject[], context: ApplyAllContext): Promise<ApplyResult> {
  const applied: Applied[] = [];
  const errors: string[] = [];
  const uncertain: ObjectIdentity[] = [];
  for (const stage of applyStages(objects, context.policy.customApplyStageKinds)) {
    const done = new Map<JsonObject, Applied>();
    for (const group of byKind(stage.objects)) {
      await concurrently(group, CONCURRENCY, async (object) => {
        try {
          done.set(object, await applyOne(object, context));
        } catch (error) {
          context.signal.throwIfAborted();
          errors.push(refusal(object, error));
          if (!isRefusal(error)) uncertain.push(await identityOnceMade(object, context.client));
        }
      });
    }
    const inOrder = stage.objects.map((object) => done.get(object)).filter((one) => one !== undefined);
    applied.push(...inOrder);
    if (errors.length > 0) break;
    if (!stage.isAwaited) continue;
    try {
      const targets = inOrder.map(({ identity }) => identity);
      await waitForHealth(targets, { ...context, timeout: STAGE_TIMEOUT_MS, failFast: false });
    } catch (error) {
      context.signal.throwIfAborted();
      errors.push(sentenceOf(error));
      break;
    }
  }
  return { applied, errors, uncertain };
}

/** What is about to be made of these objects. */
export async function intendedInventory(objects: readonly JsonObject[], client: KubeClient): Promise<Inventory> {
  return Promise.all(objects.map((object) => identityOnceMade(object, client)));
}

export function inventoryOf(applied: readonly Applied[]): Inventory {
  return applied.map(({ identity }) => identity);
}

/** @throws what the API server refuses */
export async function applyOne(desired: JsonObject, context: ApplyContext): Promise<Applied> {
  const { knownGood, live } = context;
  const identity = await identityInCluster(desired, context.client);
  const key = identityKey(identity);
  const followed = await liveObject(identity, context);
  const ignored = followed === undefined ? [] : context.ignore(followed);
  if (knownGood.isGood(key, desired, followed, ignored)) return { identity, action: 'unchanged', desired, fields: [] };
  const before = await inVersion(identity.version, followed, context);
  const { action, live: now } = await applyObject(desired, before, context);
  if (now === undefined || action === 'skipped') return { identity, action, desired, fields: [] };
  const seen = await inVersion(live.followedVersion(identity), now, context);
  // Before anybody hears of it, since it is no drift; what somebody changed since may be some.
  if (seen !== undefined && seen.metadata.resourceVersion === now.metadata.resourceVersion) {
    knownGood.remember(key, desired, seen, context.ignore(seen));
  }
  live.observe(seen);
  return { identity, action, desired, fields: action === 'configured' ? changedFields(before, now) : [] };
}

/**
 * An object as another version of its kind has it: what is applied in one version and followed in another is compared in
 * one, since a conversion writes defaults and fields of its own.
 */
async function inVersion(
  version: string | undefined,
  object: KubeObject | undefined,
  { client, signal }: ApplyContext,
): Promise<KubeObject | undefined> {
  if (object === undefined || version === undefined) return object;
  const identity = identityOf(object);
  return identity.version === version ? object : getObject(client, { ...identity, version }, { signal });
}

/** As the server has it: of a kind without namespaces, one that is given says nothing. */
export async function identityInCluster(object: JsonObject, client: KubeClient): Promise<ObjectIdentity> {
  const identity = identityOf(object);
  const { isNamespaced } = await client.discovery.find(identity);
  return isNamespaced ? identity : { ...identity, namespace: '' };
}

/** That of a kind which is not served yet is as it is written. */
async function identityOnceMade(object: JsonObject, client: KubeClient): Promise<ObjectIdentity> {
  try {
    return await identityInCluster(object, client);
  } catch {
    return identityOf(object);
  }
}

/** Whether the API server said no, and so made nothing; an answer that failed or was lost says nothing. */
function isRefusal(error: unknown): boolean {
  return isApiError(error) && error.status < 500;
}

/** What may not be watched is asked for. */
async function liveObject(identity: ObjectIdentity, context: ApplyContext): Promise<KubeObject | undefined> {
  try {
    await context.live.follow(identity);
  } catch {
    return getObject(context.client, identity, { signal: context.signal });
  }
  return context.live.get(identityKey(identity));
}

/** Those of one kind do not need each other; other kinds may need them, so these come after. */
function byKind(objects: readonly JsonObject[]): readonly (readonly JsonObject[])[] {
  const groups = new Map<string, JsonObject[]>();
  for (const object of inApplyOrder(objects)) {
    const { group, kind } = identityOf(object);
    const name = `${group}/${kind}`;
    groups.set(name, [...(groups.get(name) ?? []), object]);
  }
  return [...groups.values()];
}

/** In Flux's words (ssa: ApplyAll, DryRunErr). */
function refusal(object: JsonObject, error: unknown): string {
  const subject = formatIdentity(identityOf(object));
  if (!isApiError(error)) return `${subject} apply failed: ${sentenceOf(error)}`;
  const reason = error.reason === '' ? '' : ` (${error.reason})`;
  return `${subject} apply failed${reason}: ${error.serverMessage}`;
}
