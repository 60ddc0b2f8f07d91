import { formatIdentity, formatJson, identityOf, type JsonObject } from '../manifest/index.ts';
import { isApiError } from './api-error.ts';
import type { ApiRequest, ApiResponse, KubeClient } from './client.ts';
import type { Resource } from './discovery.ts';
import { acceptOf } from './list.ts';
import { asObject, type KubeObject } from './object.ts';
import { collectionPath, objectPath, resourceName, withQuery } from './path.ts';

/** An object by its name. Without a version it is asked for in the one that the server prefers. */
export interface ObjectReference {
  readonly group: string;
  readonly version?: string | undefined;
  readonly kind: string;
  /** '' where its kind has none. */
  readonly namespace: string;
  readonly name: string;
}

interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

interface WriteOptions extends RequestOptions {
  readonly fieldManager: string;
  /** Does all but write: defaults, webhooks and validation included. */
  readonly dryRun?: boolean | undefined;
  /** For example `status`. */
  readonly subresource?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes fields from other managers, where it otherwise fails with `kube/conflict`. */
  readonly force?: boolean | undefined;
}

export interface Written {
  readonly object: KubeObject;
  readonly isNew: boolean;
  /** What the server warns of, for example a deprecated version. */
  readonly warnings: readonly string[];
}

/** The object, or undefined where there is none. */
export async function getObject(
  client: KubeClient,
  reference: ObjectReference,
  options: RequestOptions = {},
): Promise<KubeObject | undefined> {
  return whereServed(client, reference, async (resource) => {
    try {
      const { body } = await client.request({
        method: 'GET',
        path: objectPath(resource, reference.namespace, reference.name),
        ...described('get', resource, reference),
        ...options,
      });
      return asObject(body);
    } catch (error) {
      if (isNoSuchObject(error)) return undefined;
      throw error;
    }
  });
}

/**
 * Server-side apply: what the object says becomes so, what it said before under this field manager and no longer says
 * goes, and the rest stays.
 *
 * @throws {ApiError} `kube/conflict` where another manager has a field and it is not forced; `kube/invalid` and others.
 */
export async function applyObject(client: KubeClient, object: JsonObject, options: ApplyOptions): Promise<Written> {
  const { fieldManager, force = false, dryRun, subresource, signal } = options;
  const reference = identityOf(object);
  const query = { fieldManager, force: force ? 'true' : undefined, dryRun: dryRun === true ? 'All' : undefined };
  return written(
    await whereServed(client, reference, (resource) =>
      client.request({
        method: 'PATCH',
        path: withQuery(objectPath(resource, reference.namespace, reference.name, subresource), query),
        body: formatJson(object),
        headers: { 'content-type': 'application/apply-patch+yaml' },
        signal,
        ...described('patch', resource, reference),
      }),
    ),
  );
}

/** @throws {ApiError} `kube/already-exists` and others. */
export async function createObject(client: KubeClient, object: JsonObject, options: WriteOptions): Promise<Written> {
  const reference = identityOf(object);
  return written(
    await whereServed(client, reference, (resource) =>
      client.request({
        method: 'POST',
        path: withQuery(collectionPath(resource, reference.namespace), writeQuery(options)),
        body: formatJson(object),
        headers: { 'content-type': 'application/json' },
        signal: options.signal,
        ...described('create', resource, reference),
      }),
    ),
  );
}

export interface ReplaceOptions extends WriteOptions {
  /** Answers with the metadata alone, which spares the server and the client most of the work of an answer. */
  readonly metadataOnly?: boolean | undefined;
}

/**
 * Puts the object in place of what is there; with a resourceVersion in it, only in place of that.
 *
 * @throws {ApiError} `kube/conflict` where it changed since.
 */
export async function replaceObject(client: KubeClient, object: JsonObject, options: ReplaceOptions): Promise<Written> {
  const reference = identityOf(object);
  return written(
    await whereServed(client, reference, (resource) =>
      client.request({
        method: 'PUT',
        path: writePath(resource, reference, options),
        body: formatJson(object),
        headers: { 'content-type': 'application/json', accept: acceptOf(options, 'PartialObjectMetadata') },
        signal: options.signal,
        ...described('update', resource, reference),
      }),
    ),
  );
}

/** A JSON merge patch (RFC 7386) is an object; a JSON patch (RFC 6902) is a list. */
export async function patchObject(
  client: KubeClient,
  reference: ObjectReference,
  patch: JsonObject | readonly JsonObject[],
  options: WriteOptions,
): Promise<Written> {
  const isList = Array.isArray(patch);
  return written(
    await whereServed(client, reference, (resource) =>
      client.request({
        method: 'PATCH',
        path: writePath(resource, reference, options),
        body: formatJson(patch),
        headers: { 'content-type': isList ? 'application/json-patch+json' : 'application/merge-patch+json' },
        // A list may add to what it added before.
        isIdempotent: !isList,
        signal: options.signal,
        ...described('patch', resource, reference),
      }),
    ),
  );
}

export interface DeleteOptions extends RequestOptions {
  /** Only the object of this uid, not one that was made anew under its name. */
  readonly uid?: string | undefined;
  /** Only if it did not change since. */
  readonly resourceVersion?: string | undefined;
  /** What becomes of objects that it owns. Default: as its kind has it, mostly Background. */
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly dryRun?: boolean | undefined;
}

/**
 * Deletes the object, or begins to where finalizers hold it. Returns whether there was one.
 *
 * @throws {ApiError} `kube/conflict` where it is not the one that is meant.
 */
export async function deleteObject(
  client: KubeClient,
  reference: ObjectReference,
  options: DeleteOptions = {},
): Promise<boolean> {
  const { uid, resourceVersion, propagation, dryRun, signal } = options;
  const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(preconditions === undefined ? {} : { preconditions }),
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
  return whereServed(client, reference, async (resource) => {
    try {
      await client.request({
        method: 'DELETE',
        path: objectPath(resource, reference.namespace, reference.name),
        body: formatJson(body),
        headers: { 'content-type': 'application/json' },
        signal,
        ...described('delete', resource, reference),
      });
      return true;
    } catch (error) {
      if (isNoSuchObject(error)) return false;
      throw error;
    }
  });
}

/**
 * Asks at the path of a kind, and once more where it has moved since discovery last looked, as when a CRD ceases to serve a
 * version: the object may well be there.
 *
 * @throws what `ask` throws; {@link SlipwayError} `kube/no-such-kind`
 */
async function whereServed<Result>(
  client: KubeClient,
  reference: ObjectReference,
  ask: (resource: Resource) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask(await client.discovery.find(reference));
  } catch (error) {
    if (!isApiError(error, 'kube/not-found') || error.namesObject) throw error;
    await client.discovery.refresh();
    return ask(await client.discovery.find(reference));
  }
}

function isNoSuchObject(error: unknown): boolean {
  return isApiError(error, 'kube/not-found') && error.namesObject;
}

function writePath(resource: Resource, { namespace, name }: ObjectReference, options: WriteOptions): string {
  return withQuery(objectPath(resource, namespace, name, options.subresource), writeQuery(options));
}

function writeQuery({ fieldManager, dryRun }: WriteOptions) {
  return { fieldManager, dryRun: dryRun === true ? 'All' : undefined };
}

/** What a request is, for those who read that it was refused. */
function described(verb: string, resource: Resource, reference: ObjectReference) {
  const { kind, namespace, name } = reference;
  const place = resource.isNamespaced ? namespace : '';
  return {
    verb: `${verb} ${resourceName(resource)}${place === '' ? '' : ` in namespace ${place}`}`,
    object: formatIdentity({ group: resource.group, version: resource.version, kind, namespace: place, name }),
    isSecret: resource.group === '' && kind === 'Secret',
  } satisfies Partial<ApiRequest>;
}

function written({ status, headers, body }: ApiResponse): Written {
  const { warning } = headers;
  const lines = warning === undefined ? [] : typeof warning === 'string' ? [warning] : warning;
  return { object: asObject(body), isNew: status === 201, warnings: lines.flatMap(parseWarnings) };
}

/** RFC 7234, 5.5: `299 - "text"`, several of them with commas between. */
function parseWarnings(header: string): readonly string[] {
  return [...header.matchAll(/\d{3} \S+ ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '']) =>
    quoted.slice(1, -1).replace(/\\(.)/g, '$1'),
  );
}
