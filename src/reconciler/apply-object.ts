import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DriftIgnore,
  FIELD_MANAGER,
  isLeftAlone,
  isRecreationAllowed,
  keepingFields,
  metadataCleanUp,
  versionMigration,
  withoutFields,
} from '../flux/index.ts';
import {
  applyObject as serverSideApply,
  deleteObject,
  getObject,
  isApiError,
  type KubeClient,
  type KubeObject,
  patchObject,
} from '../kube/index.ts';
import { identityOf, type JsonObject, textOf } from '../manifest/index.ts';
import { fingerprint } from './fingerprint.ts';
import type { Policy } from './policy.ts';

/** What became of an object, in Flux's words (ssa: Action). */
export type Action = 'created' | 'configured' | 'unchanged' | 'skipped' | 'deleted';

export interface Applied {
  readonly action: Action;
  /** As the server holds it now; undefined where it was skipped and there is none. */
  readonly live: KubeObject | undefined;
}

export interface ApplyContext {
  readonly client: KubeClient;
  /** `spec.force` of the Kustomization. */
  readonly force: boolean;
  /** `spec.ignore` of the Kustomization. */
  readonly ignore: DriftIgnore;
  readonly policy: Policy;
  /** Whether the client acts as an account. */
  readonly isImpersonated: boolean;
  readonly signal: AbortSignal;
}

/** How often a deleted object is looked for, until it is gone. */
const GONE_POLL_MS = 200;

/**
 * Makes one object as it should be by server-side apply (ssa: ResourceManager.Apply). There is no dry run first: an
 * apply that changes nothing is no write for the API server either, and leaves the object as it was.
 *
 * @param before what the cluster holds, undefined where there is none
 * @throws what the API server refuses
 */
export async function applyObject(
  desired: JsonObject,
  before: KubeObject | undefined,
  context: ApplyContext,
): Promise<Applied> {
  const { client, signal } = context;
  if (isLeftAlone(desired, before)) {
    // What is left alone for what the cluster has tells of that: to whoever may read it.
    if (context.isImpersonated && !isLeftAlone(desired, undefined)) {
      await getObject(client, identityOf(desired), { signal });
    }
    return { action: 'skipped', live: before };
  }
  if (before !== undefined && context.policy.migrateApiVersion) await migrateVersion(desired, context);
  const isIgnored = (object: JsonObject): boolean => context.ignore(object).length > 0;
  if (before !== undefined && (isIgnored(before) || isIgnored(desired))) return applyKeeping(desired, context);
  const options = { fieldManager: FIELD_MANAGER, force: true, signal };
  let live = await applyOrRecreate(desired, before, context);
  const patch = metadataCleanUp(desired, live, context.policy.overrideManagers);
  if (patch.length > 0) {
    // Fields of `kubectl apply` are ours from now on: only then does one that git lacks go.
    await patchObject(client, identityOf(desired), patch, { fieldManager: FIELD_MANAGER, signal });
    live = (await serverSideApply(client, desired, options)).object;
  }
  return { action: actionOf(before, live), live };
}

/**
 * A CRD whose newer version has defaults that an older one does not declare refuses an apply in the newer one for as long as
 * fields are written down in the older (ssa: migrateAPIVersion).
 */
async function migrateVersion(desired: JsonObject, { client, signal }: ApplyContext): Promise<void> {
  const identity = identityOf(desired);
  const live = await getObject(client, identity, { signal });
  const patch = live === undefined ? [] : versionMigration(live, textOf(desired.apiVersion));
  if (patch.length > 0) await patchObject(client, identity, patch, { fieldManager: FIELD_MANAGER, signal });
}

/**
 * Makes an object as it should be but for the fields that are ignored. Only a dry run tells what these would become, and
 * whether anything else would change.
 */
async function applyKeeping(desired: JsonObject, context: ApplyContext): Promise<Applied> {
  const { client, signal } = context;
  const options = { fieldManager: FIELD_MANAGER, force: true, signal };
  let live = await getObject(client, identityOf(desired), { signal });
  const dryRun = await applyOrRecreate(desired, live, context, { dryRun: true });
  // It had to be deleted first: what is ignored counts when it is made.
  if (live?.metadata.uid !== dryRun.metadata.uid) {
    return { action: 'created', live: (await serverSideApply(client, desired, options)).object };
  }
  const ignored = context.ignore(dryRun);
  const patch = metadataCleanUp(desired, live, context.policy.overrideManagers);
  const isSame = fingerprint(withoutFields(live, ignored)) === fingerprint(withoutFields(dryRun, ignored));
  if (patch.length === 0 && isSame) return { action: 'unchanged', live };
  if (patch.length > 0) {
    live = (await patchObject(client, identityOf(desired), patch, { fieldManager: FIELD_MANAGER, signal })).object;
  }
  const payload = keepingFields(desired, live, dryRun, ignored);
  return { action: 'configured', live: (await serverSideApply(client, payload, options)).object };
}

function actionOf(before: KubeObject | undefined, live: KubeObject): Action {
  if (before?.metadata.uid !== live.metadata.uid) return 'created';
  return fingerprint(before) === fingerprint(live) ? 'unchanged' : 'configured';
}

async function applyOrRecreate(
  desired: JsonObject,
  before: KubeObject | undefined,
  context: ApplyContext,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<KubeObject> {
  const options = { fieldManager: FIELD_MANAGER, force: true, dryRun, signal: context.signal };
  try {
    return (await serverSideApply(context.client, desired, options)).object;
  } catch (error) {
    const mayRecreate = before !== undefined && (context.force || isRecreationAllowed(desired, before));
    if (!mayRecreate || !isImmutable(error)) throw error;
    await deleteAndWait(before, context);
    return (await serverSideApply(context.client, desired, options)).object;
  }
}

/** ssa: ResourceManager, utils.IsImmutableError. */
export function isImmutable(error: unknown): boolean {
  if (!isApiError(error)) return false;
  return error.status === 409 || error.status === 422 || /is immutable|immutable field/.test(error.serverMessage);
}

async function deleteAndWait(object: KubeObject, { client, signal }: ApplyContext): Promise<void> {
  const identity = identityOf(object);
  const { uid } = object.metadata;
  await deleteObject(client, identity, { propagation: 'Background', uid, signal });
  while ((await getObject(client, identity, { signal }))?.metadata.uid === uid) {
    await sleep(GONE_POLL_MS, undefined, { signal });
  }
}
