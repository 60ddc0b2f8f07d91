import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import { formatJson, isObject, type JsonObject, parseJson } from '../manifest/index.ts';
import { ApiError, isApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { Kind, Resource } from './discovery.ts';
import { acceptOf, describedSelection, listObjects, type Selection, selectionQuery, typeOf } from './list.ts';
import { asObject, type KubeObject } from './object.ts';
import { collectionPath, withQuery } from './path.ts';

export type WatchEvent =
  /** All that there is: at first, and again where the server no longer knows what happened since. */
  | { readonly type: 'listed'; readonly objects: readonly KubeObject[] }
  /** It came, or became what it is now. */
  | { readonly type: 'changed'; readonly object: KubeObject }
  /** It is gone, or no longer of the selection; the object is its last state. */
  | { readonly type: 'deleted'; readonly object: KubeObject };

export interface WatchOptions extends Selection {
  /**
   * Is told at each try that fails because the server refuses or cannot be reached, and which of how many in a row it is;
   * the watch goes on as soon as it can. What it throws ends the watch.
   */
  readonly onInterruption?: ((error: SlipwayError, failures: number) => void) | undefined;
  /** Whether a kind that is gone once its objects were known is waited for. Default: no, that ends the watch. */
  readonly waitsForKind?: boolean | undefined;
}

/** The server ends a watch after this, and it is taken up again: so that watches spread over its instances. */
const SHORTEST_S = 300;
const LONGEST_S = 600;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** client-go counts a watch that ends sooner than this and tells of nothing as failed (reflector: "very short watch"). */
const SHORT_MS = 1000;
/** An API server that starts refuses for some seconds; what fails so often, in about half a minute, somebody has to mend. */
export const MANY_FAILURES = 8;
/** What waiting does not mend, before anything is known. */
const FINAL = new Set([
  'kube/forbidden',
  'kube/unauthorized',
  'kube/not-found',
  'kube/bad-request',
  'kube/no-such-kind',
]);

/**
 * What becomes of the objects of a selection, without end: until the signal is aborted or the loop is left. A watch that
 * breaks off goes on where it was; where the server cannot, everything is listed anew.
 *
 * Once the objects are known, a refusal is waited out as client-go's reflectors do: an API server that has just started
 * knows no roles or credentials yet, and a CRD may be made anew.
 *
 * @throws {ApiError} at first: `kube/forbidden`, `kube/unauthorized`, `kube/not-found`; {@link SlipwayError}
 *   `kube/no-such-kind` where there is no such kind, and later too where it is gone.
 */
export async function* watchObjects(
  client: KubeClient,
  kind: Kind,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal, onInterruption, waitsForKind = false } = options;
  let resource = await client.discovery.find(kind);
  let isKnown = false;
  let resourceVersion: string | undefined;
  let failures = 0;
  for (;;) {
    try {
      if (resourceVersion === undefined) {
        resource = await client.discovery.find(kind);
        const list = await listObjects(client, kind, options);
        resourceVersion = list.resourceVersion;
        isKnown = true;
        yield { type: 'listed', objects: list.objects };
      }
      const start = performance.now();
      let events = 0;
      for await (const { type, object } of openWatch(client, resource, resourceVersion, options)) {
        events++;
        failures = 0;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type !== 'BOOKMARK') yield { type: type === 'DELETED' ? 'deleted' : 'changed', object };
      }
      if (events === 0) failures = performance.now() - start < SHORT_MS ? failures + 1 : 0;
    } catch (error) {
      if (signal?.aborted === true) return;
      if (!(error instanceof SlipwayError)) throw error;
      if (error.code === 'kube/no-such-kind' ? !(isKnown && waitsForKind) : !isKnown && FINAL.has(error.code))
        throw error;
      if (isApiError(error) && isRefusal(error)) resourceVersion = undefined;
      // The path may be of a version that is no longer served, or of a kind that is gone.
      if (isApiError(error, 'kube/not-found')) await client.discovery.refresh().catch(() => undefined);
      failures++;
      if (!isApiError(error, 'kube/gone')) onInterruption?.(error, failures);
    }
    if (failures > 0 && !(await pause(failures, signal))) return;
  }
}

/** What the same request would meet again, unlike an overload: then what is known may be long out of date. */
function isRefusal({ status }: ApiError): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

/** Returns whether to go on. */
async function pause(failures: number, signal: AbortSignal | undefined): Promise<boolean> {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
  try {
    await sleep(delay, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

interface RawEvent {
  readonly type: string;
  readonly object: KubeObject;
}

async function* openWatch(
  client: KubeClient,
  resource: Resource,
  resourceVersion: string,
  options: Selection,
): AsyncGenerator<RawEvent, void, undefined> {
  const seconds = Math.round(SHORTEST_S + Math.random() * (LONGEST_S - SHORTEST_S));
  const described = describedSelection('watch', resource, options);
  const body = await client.stream({
    method: 'GET',
    path: withQuery(collectionPath(resource, options.namespace), {
      ...selectionQuery(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: `${seconds}`,
    }),
    headers: { accept: acceptOf(options, 'PartialObjectMetadata') },
    signal: options.signal,
    idleMs: (seconds + SHORTEST_S) * 1000,
    ...described,
  });
  for await (const line of linesOf(body)) {
    const event = parseJson(line);
    if (!isObject(event) || !isObject(event.object)) continue;
    if (event.type === 'ERROR') throw refusalIn(event.object, described.verb);
    if (typeof event.type === 'string') yield { type: event.type, object: objectOf(event.object, resource) };
  }
}

/** A bookmark has nothing but its resourceVersion. */
function objectOf(object: JsonObject, resource: Resource): KubeObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { name = '', uid = '' } = metadata;
  return asObject({ ...object, metadata: { ...metadata, name, uid } }, typeOf(resource));
}

/** The server has answered with 200 before it knew: what it would have answered comes as an event. */
function refusalIn(status: JsonObject, verb: string): ApiError {
  const code = typeof status.code === 'number' ? status.code : 500;
  return new ApiError({ status: code, body: formatJson(status), retryAfterMs: undefined }, { verb });
}

const NEWLINE = 0x0a;

async function* linesOf(body: Readable): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = [];
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        parts.push(chunk.subarray(start, end));
        yield Buffer.concat(parts).toString('utf8');
        parts = [];
        start = end + 1;
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
    }
  } catch (cause) {
    throw new SlipwayError({
      code: 'kube/connection-lost',
      message: `A watch broke off: ${cause instanceof Error ? cause.message : String(cause)}`,
      exitStatus: 3,
      cause,
    });
  }
}
