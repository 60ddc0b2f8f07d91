import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeClient, type KubeObject, listObjects, patchObject } from '../../src/kube/index.ts';
import { isObject } from '../../src/manifest/index.ts';
import { type Cluster, FIELD_MANAGER } from './cluster.ts';
import type { Followed } from './followed.ts';
import { APP_KINDS, FLUX_NAMESPACE, KUSTOMIZATION, NAMESPACE, SOURCE } from './objects.ts';
import { within } from './until.ts';

export interface UnrelatedCommit {
  /** From the request to look at the source, as a webhook makes it, to the last Kustomization's lastAppliedRevision. */
  readonly seconds: number;
  /** Objects that changed otherwise than in their status, came or went. */
  readonly writes: number;
  /** Kubernetes events. */
  readonly events: number;
}

/** What is written after all are at the new revision is counted too, for so long. */
const AFTERWARDS_MS = 3000;

/** A commit comes that changes none of the manifests. */
export async function unrelatedCommit(cluster: Cluster, kustomizations: Followed): Promise<UnrelatedCommit> {
  const { client } = cluster;
  const hash = cluster.pushUnrelated();
  const [before, eventsBefore] = await Promise.all([contents(client), countEvents(client)]);
  const started = performance.now();
  const annotations = { 'reconcile.fluxcd.io/requestedAt': hash };
  await patchObject(client, SOURCE, { metadata: { annotations } }, { fieldManager: FIELD_MANAGER });
  const names = [...kustomizations.objects.keys()];
  const isThere = (object: KubeObject | undefined): boolean => {
    const { lastAppliedRevision } = isObject(object?.status) ? object.status : {};
    return typeof lastAppliedRevision === 'string' && lastAppliedRevision.endsWith(hash);
  };
  await within('the commit is applied', Promise.all(names.map((name) => kustomizations.until(name, isThere))));
  const seconds = (performance.now() - started) / 1000;
  await sleep(AFTERWARDS_MS);
  const after = await contents(client);
  const keys = new Set([...before.keys(), ...after.keys()]);
  const writes = [...keys].filter((key) => before.get(key) !== after.get(key)).length;
  return { seconds, writes, events: (await countEvents(client)) - eventsBefore };
}

/** Seconds to write one field of the status of each Kustomization, and nothing else: less than a commit cannot take. */
export async function bareStatus({ client }: Cluster, kustomizations: Followed): Promise<number> {
  const patch = { status: { lastAttemptedRevision: 'bench' } };
  const names = [...kustomizations.objects.keys()];
  const started = performance.now();
  await Promise.all(
    names.map((name) => {
      const reference = { ...KUSTOMIZATION, namespace: FLUX_NAMESPACE, name };
      return patchObject(client, reference, patch, { fieldManager: FIELD_MANAGER, subresource: 'status' });
    }),
  );
  return (performance.now() - started) / 1000;
}

/** Of each object of an app its version, of each Kustomization all but its version and its status. */
async function contents(client: KubeClient): Promise<ReadonlyMap<string, string>> {
  const apps = APP_KINDS.map(async (kind) => {
    const { objects } = await listObjects(client, kind, { namespace: NAMESPACE });
    return objects.map(({ metadata }) => [`${kind.kind}/${metadata.name}`, `${metadata.resourceVersion}`] as const);
  });
  const { objects } = await listObjects(client, KUSTOMIZATION, { namespace: FLUX_NAMESPACE });
  const kustomizations = objects.map(({ metadata, spec }) => {
    const others = { ...metadata, managedFields: undefined, resourceVersion: undefined };
    return [`${KUSTOMIZATION.kind}/${metadata.name}`, JSON.stringify([others, spec])] as const;
  });
  return new Map([...(await Promise.all(apps)).flat(), ...kustomizations]);
}

async function countEvents(client: KubeClient): Promise<number> {
  const { objects } = await listObjects(client, { group: '', version: 'v1', kind: 'Event' }, { metadataOnly: true });
  return objects.length;
}
