import { parseDuration } from '../flux/index.ts';
import { getObject, isApiError, type KubeClient, type KubeObject, patchObject } from '../kube/index.ts';
import { identityKey, isList, isObject, type JsonObject, mapOf, objectsOf, textOf } from '../manifest/index.ts';
import { findArtifact, holdArtifact, type Storage } from '../sources/index.ts';
import { Alarm } from './alarm.ts';
import { ArtifactTree } from './artifact-tree.ts';
import type { Events } from './events.ts';
import { sentenceOf } from './failure.ts';
import { fetchSource } from './fetch-source.ts';
import { FINALIZER, type SourceReference } from './kustomization.ts';
import type { LiveObjects } from './live-objects.ts';
import { jittered, type Policy } from './policy.ts';
import { artifactInStatus, failedStatus, fetchedStatus, isMadeOf, keptStatus } from './source-status.ts';
import type { Result } from './result.ts';
import { type Artifacts, keyOf, SOURCE } from './sources.ts';
import { writeStatus } from './status.ts';
import { whatIsAsked } from './what-is-asked.ts';

export interface SourceContext {
  readonly client: KubeClient;
  readonly live: LiveObjects;
  readonly artifacts: Artifacts;
  readonly storage: Storage;
  readonly events: Events;
  /** Folders of this machine that are taken in place of a source, by `Kind/namespace/name` (`--source-dir`). */
  readonly folders: ReadonlyMap<string, string>;
  /** URLs that are taken in place of that of a source. */
  readonly urls: ReadonlyMap<string, string>;
  readonly policy: Policy;
  /** Is told after each try. */
  readonly onResult: (result: Result) => void;
}

const FIELD_MANAGER = 'source-controller';
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
/** How often a place on this machine is looked at, which costs no network. */
const LOCAL_MS = 5000;

/**
 * Keeps the artifact of one source at what the source holds, until the source is gone or the signal ends it: looked at
 * when its interval is over, when its spec changes, or when somebody asks for it.
 */
export async function keepSource(
  reference: SourceReference,
  context: SourceContext,
  signal: AbortSignal,
): Promise<void> {
  const key = identityKey({ ...SOURCE, ...reference });
  const { client, live, artifacts } = context;
  const alarm = new Alarm<'spec' | 'include'>();
  let seen = '';
  let release = (): void => undefined;
  let failures = 0;
  let includes: readonly string[] = [];
  const stops = [
    live.listen(key, (object) => {
      if (whatIsAsked(object) !== seen) alarm.wake('spec');
    }),
    live.listenToKind({ ...SOURCE, kind: 'GitRepository' }, (object, changed) => {
      if (object !== undefined && includes.includes(changed)) alarm.wake('include');
    }),
  ];
  try {
    for (;;) {
      signal.throwIfAborted();
      const object = live.get(key);
      if (object === undefined) return;
      seen = whatIsAsked(object);
      includes = includesOf(object);
      if (object.metadata.deletionTimestamp !== undefined) {
        if (await isLetGo(object, context)) return;
        await alarm.sleep(FIRST_RETRY_MS, signal);
        continue;
      }
      const tell = (kind: 'ready' | 'failed', message: string): void => {
        const { generation } = object.metadata;
        const revision = artifacts.get(reference)?.revision ?? '';
        context.onResult({ key, kind, generation: typeof generation === 'number' ? generation : 0, revision, message });
      };
      let pause: number | undefined = isLocal(reference, context)
        ? Math.min(LOCAL_MS, intervalOf(object))
        : jittered(intervalOf(object), context.policy);
      try {
        if (!finalizersOf(object).includes(FINALIZER)) {
          live.observe(await writeFinalizers(client, object, [...finalizersOf(object), FINALIZER]));
          continue;
        }
        release = takeOver(object, reference, context) ?? release;
        if (isObject(object.spec) && object.spec.suspend === true) pause = undefined;
        else {
          const hold = await refresh(object, reference, context, signal);
          if (hold !== undefined) release();
          release = hold ?? release;
          failures = 0;
          tell('ready', '');
        }
      } catch (error) {
        signal.throwIfAborted();
        const reason = reasonOf(error);
        // Where the API server takes not even the status, the next try says what is wrong.
        await report(object, failedStatus(object, reason, sentenceOf(error)), context).catch(() => undefined);
        const told = { severity: 'error', reason, message: sentenceOf(error), revision: '' } as const;
        if (failures === 0) context.events.tell(subjectOf(object), told);
        pause = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
        failures++;
        tell('failed', sentenceOf(error));
      }
      await alarm.sleep(pause, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const stop of stops) stop();
    release();
    artifacts.delete(reference);
  }
}

/** False where somebody changed it meanwhile, or the API server fails: then it is to be tried again. */
async function isLetGo(object: KubeObject, { client, live }: SourceContext): Promise<boolean> {
  try {
    const now = await writeFinalizers(client, object, []);
    live.observe(now);
    return now === undefined || !finalizersOf(now).includes(FINALIZER);
  } catch {
    return false;
  }
}

/**
 * After a restart: what the status names is still on the disk, so that nobody has to wait for the network. Returns what
 * lets go of the artifact; undefined where there is nothing to take over.
 */
function takeOver(
  object: KubeObject,
  reference: SourceReference,
  { artifacts, storage, folders }: SourceContext,
): (() => void) | undefined {
  const known = artifactInStatus(object);
  if (known === undefined || artifacts.get(reference) !== undefined || folders.has(keyOf(reference))) return undefined;
  const stored = findArtifact(storage, known.digest);
  if (stored === undefined) return undefined;
  const tree = new ArtifactTree(stored);
  artifacts.set(reference, { revision: known.revision, originRevision: '', stored, tree });
  return holdArtifact(storage, known.digest);
}

/** Returns what lets go of the artifact that is now held; undefined where nothing changed. */
async function refresh(
  object: KubeObject,
  reference: SourceReference,
  context: SourceContext,
  signal: AbortSignal,
): Promise<(() => void) | undefined> {
  const { client, live, artifacts, storage, events, folders, urls } = context;
  const known = artifacts.get(reference);
  const included = includesOf(object)
    .map((one) => mapOf(live.get(one)?.status).artifact)
    .filter(isObject);
  const fetched = await fetchSource(object, isMadeOf(object, included) ? known?.revision : undefined, {
    client,
    storage,
    artifacts,
    signal,
    folder: folders.get(keyOf(reference)),
    url: urls.get(keyOf(reference)),
  });
  if (fetched === undefined) {
    if (known !== undefined) await report(object, keptStatus(object, known.revision), context);
    return undefined;
  }
  const hold = holdArtifact(storage, fetched.digest);
  // Before its status says so, for which the Kustomizations need not wait.
  artifacts.set(reference, fetched);
  await report(object, fetchedStatus(object, fetched, included), context);
  if (fetched.revision !== (known ?? artifactInStatus(object))?.revision) {
    const what = fetched.commit === undefined ? `revision '${fetched.revision}'` : `commit '${fetched.commit.subject}'`;
    const told = { severity: 'info', reason: 'NewArtifact', message: `stored artifact for ${what}` } as const;
    events.tell(subjectOf(object), { ...told, revision: fetched.revision });
  }
  return hold;
}

async function report(object: KubeObject, status: JsonObject, { client, live }: SourceContext): Promise<void> {
  const known = live.get(identityKey({ ...SOURCE, ...referenceOf(object) }));
  // Another one of its name, made meanwhile, has a status of its own.
  if (known?.metadata.uid !== object.metadata.uid) return;
  live.observe(await writeStatus(client, known, mapOf(object.status), status, FIELD_MANAGER));
}

async function writeFinalizers(
  client: KubeClient,
  object: KubeObject,
  finalizers: readonly string[],
): Promise<KubeObject | undefined> {
  const others = finalizersOf(object).filter((one) => one !== FINALIZER);
  const { resourceVersion = '' } = object.metadata;
  const patch = { metadata: { finalizers: finalizers.length === 0 ? others : finalizers, resourceVersion } };
  try {
    return (await patchObject(client, referenceOf(object), patch, { fieldManager: FIELD_MANAGER })).object;
  } catch (error) {
    if (!isApiError(error, 'kube/conflict') && !isApiError(error, 'kube/not-found')) throw error;
    return getObject(client, referenceOf(object));
  }
}

function finalizersOf({ metadata }: KubeObject): readonly string[] {
  return isList(metadata.finalizers) ? metadata.finalizers.filter((one) => typeof one === 'string') : [];
}

/** Whether it is taken from a folder or a server of this machine. */
function isLocal(reference: SourceReference, { folders, urls }: SourceContext): boolean {
  const url = urls.get(keyOf(reference));
  return folders.has(keyOf(reference)) || (url !== undefined && /^https?:\/\/(127\.|localhost\b|\[::1\])/.test(url));
}

/** The GitRepositories of `spec.include`, by `identityKey`. */
function includesOf({ kind, metadata, spec }: KubeObject): readonly string[] {
  if (kind !== 'GitRepository') return [];
  const namespace = metadata.namespace ?? '';
  return objectsOf(mapOf(spec).include).map(({ repository }) =>
    identityKey({ ...SOURCE, kind, namespace, name: textOf(mapOf(repository).name) }),
  );
}

function intervalOf({ spec }: KubeObject): number {
  const interval = isObject(spec) && typeof spec.interval === 'string' ? parseDuration(spec.interval) : undefined;
  return interval ?? MINUTE_MS;
}

function referenceOf({ kind, metadata }: KubeObject) {
  return { group: SOURCE.group, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

function subjectOf(object: KubeObject) {
  return { ...SOURCE, ...referenceOf(object), uid: object.metadata.uid };
}

/** The reason of the condition (SC: reconcileSource). */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'sources/auth-refused' || code === 'sources/secret-invalid') return 'AuthenticationFailed';
  if (code === 'sources/disk-full' || code === 'sources/storage-failed') return 'StorageOperationFailed';
  return 'GitOperationFailed';
}
