import { setTimeout as sleep } from 'node:timers/promises';
import type { Inventory } from '../flux/index.ts';
import { getObject, type KubeClient } from '../kube/index.ts';

/** Milliseconds (ssa: WaitForSetTermination). */
const POLL_MS = 500;

/** Ends when none of the objects is there any more, or when the time is over. Returns whether all are gone. */
export async function waitUntilGone(
  objects: Inventory,
  client: KubeClient,
  timeout: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + timeout;
  for (const { group, kind, namespace, name } of objects) {
    while ((await getObject(client, { group, kind, namespace, name }, { signal })) !== undefined) {
      if (performance.now() >= end) return false;
      await sleep(POLL_MS, undefined, { signal });
    }
  }
  return true;
}
