import { isTrue, parseConditions } from '../../src/flux/index.ts';
import { applyObject, type KubeObject } from '../../src/kube/index.ts';
import { isObject } from '../../src/manifest/index.ts';
import { type Cluster, FIELD_MANAGER } from './cluster.ts';
import type { Followed } from './followed.ts';
import { CHAIN, gitRepository, kustomization, manifestsOf, namesOf } from './objects.ts';
import { TooLong, within } from './until.ts';

export interface FromNothing {
  readonly seconds: number;
  /** How many were Ready by then: all, or it was given up. */
  readonly ready: number;
}

/**
 * Seconds until a source and as many Kustomizations, all given at once, are Ready.
 *
 * @param limit seconds after which it is given up
 */
export async function fromNothing(
  cluster: Cluster,
  kustomizations: Followed,
  count: number,
  limit?: number,
): Promise<FromNothing> {
  const started = performance.now();
  await applyObject(cluster.client, gitRepository(cluster.git), { fieldManager: FIELD_MANAGER });
  const wanted = namesOf(count).map((name) => kustomization(name));
  try {
    await untilReady(cluster, kustomizations, wanted, limit);
  } catch (error) {
    if (limit === undefined || !(error instanceof TooLong)) throw error;
  }
  const seconds = (performance.now() - started) / 1000;
  return { seconds, ready: [...kustomizations.objects.values()].filter(isReady).length };
}

/** Seconds until Kustomizations are Ready of which each waits for the one before it; the source is there. */
export async function chainFromNothing(cluster: Cluster, kustomizations: Followed): Promise<number> {
  const started = performance.now();
  const wanted = CHAIN.map((name, index) => kustomization(name, CHAIN.slice(0, index).slice(-1)));
  await untilReady(cluster, kustomizations, wanted);
  return (performance.now() - started) / 1000;
}

/** Seconds for the objects of as many apps by server-side apply alone. */
export async function bareApply({ client }: Cluster, count: number): Promise<number> {
  const objects = namesOf(count).flatMap(manifestsOf);
  const started = performance.now();
  await Promise.all(objects.map((object) => applyObject(client, object, { fieldManager: FIELD_MANAGER, force: true })));
  return (performance.now() - started) / 1000;
}

async function untilReady(
  { client }: Cluster,
  kustomizations: Followed,
  wanted: readonly ReturnType<typeof kustomization>[],
  limit?: number,
): Promise<void> {
  await Promise.all(wanted.map((object) => applyObject(client, object, { fieldManager: FIELD_MANAGER })));
  const ready = wanted.map(({ metadata }) => kustomizations.until(metadata.name, isReady));
  await within('all Kustomizations are Ready', Promise.all(ready), limit && limit * 1000);
}

function isReady(object: KubeObject | undefined): boolean {
  if (!isObject(object?.status)) return false;
  const { observedGeneration, conditions } = object.status;
  return observedGeneration === object.metadata.generation && isTrue(parseConditions(conditions), 'Ready');
}
