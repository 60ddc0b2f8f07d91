import { isAtRest } from '../../flux/index.ts';
import type { FluxObject, Keeper } from '../../reconciler/index.ts';
import type { Cause } from '../live/cause.ts';

/** What `slipway status` shows. */
export interface StatusReport {
  readonly context: string;
  readonly server: string;
  /** undefined where that may not be read */
  readonly keepers: readonly Keeper[] | undefined;
  readonly objects: readonly FluxObject[];
  /** Of those that need somebody to look at them, in the order of the objects. */
  readonly causes: ReadonlyMap<FluxObject, Cause>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whether a person should look at it: it has failed, and does not just wait for something else or for its time. */
export function isInTrouble({ readiness }: FluxObject): boolean {
  return readiness.state === 'failed' || readiness.state === 'stalled';
}

export function unreadyObjects(objects: readonly FluxObject[]): readonly FluxObject[] {
  return objects.filter(({ readiness }) => !isAtRest(readiness));
}
