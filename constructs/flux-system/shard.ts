import type { IConstruct } from 'constructs';
import { objectOf } from '../object-reference.ts';

/** The label by which a controller knows its own (Flux's guide to sharding). */
export const SHARD_LABEL = 'sharding.fluxcd.io/key';

/** The controllers of which every shard has its own. */
export const SHARDED_COMPONENTS = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;

/** One more set of controllers, as `FluxSystem.addShard()` makes it, for some of the Applications and sources. */
export interface Shard {
  readonly shard: string;
}

/** Gives a source, a HelmRelease or an Application to a shard's controllers. */
export function assignShard<Target extends IConstruct>(target: Target, shard: Shard): Target {
  objectOf(target).metadata.addLabel(SHARD_LABEL, shard.shard);
  return target;
}

/** The label of an object that belongs to a shard. */
export function shardLabels(target: IConstruct): Record<string, string> | undefined {
  const shard = objectOf(target).metadata.getLabel(SHARD_LABEL);
  return shard === undefined ? undefined : { [SHARD_LABEL]: shard };
}
