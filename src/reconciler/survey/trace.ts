import { type FluxOwner, fluxOwnerOf, type Health, objectHealth } from '../../flux/index.ts';
import { getObject, isApiError, type KubeClient, type KubeObject } from '../../kube/index.ts';
import { identityKey, identityOf, isList, isObject, type ObjectIdentity } from '../../manifest/index.ts';
import { KUSTOMIZATION, parseKustomization } from '../kustomization.ts';
import { SOURCE } from '../sources.ts';
import { HELM_RELEASE } from './flux-kinds.ts';
import type { FluxObject } from './flux-object.ts';

/** From an object of the cluster to what brought it there. */
export interface Trace {
  readonly object: KubeObject;
  readonly identity: ObjectIdentity;
  /** By kstatus. */
  readonly health: Health;
  /** The objects that it is part of, as a pod is of a ReplicaSet and that of a Deployment; the nearest first. */
  readonly partOf: readonly ObjectIdentity[];
  /** What of Flux applied it, and what applied that in turn up to the first Kustomization; the nearest first. */
  readonly owners: readonly FluxObject[];
  /** What is written down somewhere: itself, what it is part of, or the HelmRelease whose chart has it. */
  readonly written: { readonly identity: ObjectIdentity; readonly owner: FluxOwner | undefined };
  /** That of the Kustomization. */
  readonly source: FluxObject | undefined;
}

/** @param objects Flux's objects of the cluster */
export async function traceObject(
  client: KubeClient,
  object: KubeObject,
  objects: readonly FluxObject[],
  now: number,
): Promise<Trace> {
  const whole = await wholeOf(client, object);
  const top = whole.at(-1) ?? object;
  const owners = ownersOf(top, objects);
  const release = owners.find(({ identity }) => identity.kind === HELM_RELEASE.kind);
  const kustomization = owners.find(({ identity }) => identity.kind === KUSTOMIZATION.kind);
  const reference = kustomization === undefined ? undefined : parseKustomization(kustomization.object).source;
  const sourceKey = reference === undefined ? undefined : identityKey({ ...SOURCE, ...reference });
  return {
    object,
    identity: identityOf(object),
    health: objectHealth(object, now),
    partOf: whole.map(identityOf),
    owners,
    written: release ?? { identity: identityOf(top), owner: fluxOwnerOf(top) },
    source: objects.find(({ identity }) => identityKey(identity) === sourceKey),
  };
}

const MAX_DEPTH = 5;

/** By the owner references that controllers of Kubernetes write, up to what Flux applied. */
async function wholeOf(client: KubeClient, object: KubeObject): Promise<readonly KubeObject[]> {
  const whole: KubeObject[] = [];
  for (let part = object; fluxOwnerOf(part) === undefined && whole.length < MAX_DEPTH;) {
    const owner = await controllerOf(client, part);
    if (owner === undefined) break;
    whole.push(owner);
    part = owner;
  }
  return whole;
}

async function controllerOf(client: KubeClient, { metadata }: KubeObject): Promise<KubeObject | undefined> {
  const references = isList(metadata.ownerReferences) ? metadata.ownerReferences.filter(isObject) : [];
  const reference = references.find(({ controller }) => controller === true);
  const { apiVersion, kind, name } = reference ?? {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const { group } = identityOf({ apiVersion, kind, metadata: { name } });
  try {
    return await getObject(client, { group, kind, namespace: metadata.namespace ?? '', name });
  } catch (error) {
    if (isApiError(error, 'kube/forbidden')) return undefined;
    throw error;
  }
}

function ownersOf(object: KubeObject, objects: readonly FluxObject[]): readonly FluxObject[] {
  const owners: FluxObject[] = [];
  for (let owner = fluxOwnerOf(object); owner !== undefined;) {
    const { kind, namespace, name } = owner;
    const found = objects.find(
      ({ identity }) => identity.kind === kind && identity.namespace === namespace && identity.name === name,
    );
    if (found === undefined || owners.includes(found)) break;
    owners.push(found);
    owner = kind === KUSTOMIZATION.kind ? undefined : found.owner;
  }
  return owners;
}
