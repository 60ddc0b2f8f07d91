import type { KubeObject } from '../kube/index.ts';
import { isObject } from '../manifest/index.ts';

/** What an object of Flux asks for, as a text that changes with it; status and other metadata ask for nothing (KC: predicates). */
export function whatIsAsked(object: KubeObject | undefined): string {
  if (object === undefined) return '';
  const { uid, generation, deletionTimestamp, annotations } = object.metadata;
  const requestedAt = isObject(annotations) ? annotations['reconcile.fluxcd.io/requestedAt'] : undefined;
  return JSON.stringify([uid, typeof generation === 'number' ? generation : 0, deletionTimestamp, requestedAt]);
}
