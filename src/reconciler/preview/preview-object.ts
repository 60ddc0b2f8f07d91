import { randomBytes } from 'node:crypto';
import {
  afterCleanUp,
  type DriftIgnore,
  FIELD_MANAGER,
  isLeftAlone,
  isRecreationAllowed,
  keepingFields,
  withoutFields,
} from '../../flux/index.ts';
import { applyObject as serverSideApply, type KubeClient, type KubeObject, replaceObject } from '../../kube/index.ts';
import { isObject, type JsonObject } from '../../manifest/index.ts';
import { isImmutable } from '../apply-object.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Policy } from '../policy.ts';

export interface PreviewContext {
  readonly client: KubeClient;
  /** `spec.force` of the Kustomization. */
  readonly force: boolean;
  /** `spec.ignore` of the Kustomization. */
  readonly ignore: DriftIgnore;
  readonly policy: Policy;
  readonly signal?: AbortSignal | undefined;
}

/** What an apply would make of an object. */
export interface PreviewedObject {
  /** As the server would hold it; undefined where it stays as it is: gone, and not made. */
  readonly after: JsonObject | undefined;
  /** Whether it would be deleted and made anew. */
  readonly isRecreated: boolean;
}

/**
 * What `applyObject` would make of an object, found out by dry runs: nothing is written.
 *
 * @param before what the cluster holds, undefined where there is none
 * @throws what the API server refuses
 */
export async function previewObject(
  desired: JsonObject,
  before: KubeObject | undefined,
  context: PreviewContext,
): Promise<PreviewedObject> {
  if (isLeftAlone(desired, before)) return { after: before, isRecreated: false };
  try {
    const applied = await dryRun(desired, context);
    const after = before === undefined ? applied : await keeping(desired, before, applied, context);
    return { after: await cleanedUp(desired, after, context), isRecreated: false };
  } catch (error) {
    const mayRecreate = before !== undefined && (context.force || isRecreationAllowed(desired, before));
    if (!mayRecreate || !isImmutable(error)) throw error;
    return { after: await previewRecreation(desired, context), isRecreated: true };
  }
}

async function dryRun(object: JsonObject, { client, signal }: PreviewContext): Promise<KubeObject> {
  const options = { fieldManager: FIELD_MANAGER, force: true, dryRun: true, signal };
  return (await serverSideApply(client, object, options)).object;
}

/** With the fields as they are that are ignored; where nothing else would change, nothing does. */
async function keeping(
  desired: JsonObject,
  before: KubeObject,
  applied: KubeObject,
  context: PreviewContext,
): Promise<KubeObject> {
  const ignored = context.ignore(applied);
  if (ignored.length === 0) return applied;
  const isSame = fingerprint(withoutFields(before, ignored)) === fingerprint(withoutFields(applied, ignored));
  return isSame ? before : dryRun(keepingFields(desired, before, applied, ignored), context);
}

/** What is taken over from kubectl and goes may get a default, which only the server knows. */
async function cleanedUp(
  desired: JsonObject,
  after: KubeObject,
  { client, policy, signal }: PreviewContext,
): Promise<JsonObject> {
  const cleaned = afterCleanUp(desired, after, policy.overrideManagers);
  if (cleaned === undefined) return after;
  const metadata = isObject(cleaned.metadata) ? { ...cleaned.metadata, managedFields: undefined } : undefined;
  const options = { fieldManager: FIELD_MANAGER, dryRun: true, signal };
  return (await replaceObject(client, { ...cleaned, metadata }, options)).object;
}

/** There cannot be two of one name, so the new one is made, in the dry run alone, under another. */
async function previewRecreation(desired: JsonObject, context: PreviewContext): Promise<JsonObject> {
  const metadata = isObject(desired.metadata) ? desired.metadata : {};
  const name = `slipway-preview-${randomBytes(8).toString('hex')}`;
  const made = await dryRun({ ...desired, metadata: { ...metadata, name } }, context);
  return { ...made, metadata: { ...made.metadata, name: metadata.name } };
}
