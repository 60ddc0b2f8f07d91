import { isList, isObject, type JsonObject } from '../manifest/index.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { Kind, Resource } from './discovery.ts';
import { asObject, type KubeObject } from './object.ts';
import { collectionPath, resourceName, withQuery } from './path.ts';

/** Which objects of a kind. */
export interface Selection {
  /** Default: of all namespaces. */
  readonly namespace?: string | undefined;
  /** For example `kustomize.toolkit.fluxcd.io/name=apps`. */
  readonly labelSelector?: string | undefined;
  /** For example `metadata.name=apps`. */
  readonly fieldSelector?: string | undefined;
  /** Leaves out all but the metadata, which is most of what the server and the network do for large objects. */
  readonly metadataOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ObjectList {
  /** The state of the cluster that the list is of: a watch goes on from it. */
  readonly resourceVersion: string;
  readonly objects: readonly KubeObject[];
}

/** Objects a page, as client-go and kubectl ask for. */
const PAGE = 500;

/** All objects of a selection, page by page. */
export async function listObjects(client: KubeClient, kind: Kind, selection: Selection = {}): Promise<ObjectList> {
  const resource = await client.discovery.find(kind);
  try {
    return await listPages(client, resource, selection, PAGE);
  } catch (error) {
    // The pages are of one state, which the server keeps for some minutes only. In one piece it takes as long as it takes.
    if (isApiError(error, 'kube/gone')) return listPages(client, resource, selection, undefined);
    throw error;
  }
}

async function listPages(
  client: KubeClient,
  resource: Resource,
  selection: Selection,
  limit: number | undefined,
): Promise<ObjectList> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  for (;;) {
    const { body } = await client.request({
      method: 'GET',
      path: withQuery(collectionPath(resource, selection.namespace), {
        ...selectionQuery(selection),
        limit: limit?.toString(),
        continue: next,
      }),
      headers: { accept: acceptOf(selection, 'PartialObjectMetadataList') },
      signal: selection.signal,
      ...describedSelection('list', resource, selection),
    });
    for (const item of isList(body.items) ? body.items : []) objects.push(asObject(item, typeOf(resource)));
    const { continue: token, resourceVersion } = listMetadata(body);
    if (token === '') return { resourceVersion, objects };
    next = token;
  }
}

export function selectionQuery({ labelSelector, fieldSelector }: Selection) {
  return { labelSelector, fieldSelector };
}

/** Where a kind cannot be cut down to its metadata, all of it comes. */
export function acceptOf({ metadataOnly }: Selection, kind: string): string {
  return metadataOnly === true ? `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json` : 'application/json';
}

/** What the objects of a resource say that they are; cut down to their metadata they do not. */
export function typeOf({ group, version, kind }: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

export function describedSelection(verb: string, resource: Resource, { namespace }: Selection) {
  const isWithin = resource.isNamespaced && namespace !== undefined;
  return { verb: `${verb} ${resourceName(resource)}${isWithin ? ` in namespace ${namespace}` : ''}` };
}

function listMetadata(body: JsonObject): { continue: string; resourceVersion: string } {
  const metadata = isObject(body.metadata) ? body.metadata : {};
  const { continue: token, resourceVersion } = metadata;
  return {
    continue: typeof token === 'string' ? token : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
  };
}
