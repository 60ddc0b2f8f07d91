import { collectGarbage, type Storage } from '../sources/index.ts';
import { Alarm } from './alarm.ts';
import { FETCHED_KINDS } from './fetch-source.ts';
import type { LiveObjects } from './live-objects.ts';
import { artifactInStatus } from './source-status.ts';
import { SOURCE } from './sources.ts';

const PAUSE_MS = 5 * 60_000;

/** Removes, now and then, the artifacts that no source of the cluster names and nobody uses, until the signal ends it. */
export async function collectArtifacts(live: LiveObjects, storage: Storage, signal: AbortSignal): Promise<void> {
  const clock = new Alarm<never>();
  for (;;) {
    await clock.sleep(PAUSE_MS, signal);
    if (signal.aborted) return;
    const sources = FETCHED_KINDS.flatMap((kind) => [...live.all({ ...SOURCE, kind })]);
    const digests = sources.map((source) => artifactInStatus(source)?.digest).filter((one) => one !== undefined);
    try {
      collectGarbage(storage, new Set(digests), Date.now());
    } catch {
      // Another process may be collecting the same; the next time comes.
    }
  }
}
