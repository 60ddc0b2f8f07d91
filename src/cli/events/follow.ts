import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SlipwayError } from '../../errors.ts';
import { isApiError, type KubeClient, type KubeObject, MANY_FAILURES, watchObjects } from '../../kube/index.ts';
import { type Happening, happeningOf, happeningOfChange, readAuditLog } from '../../reconciler/index.ts';
import { interruptible } from '../interruption.ts';
import { orReaderGone } from '../live/reader-gone.ts';

/** How often it is looked whether the audit log has grown. */
const LOOK_MS = 500;
const EVENT = { group: '', version: 'v1', kind: 'Event' };

/** Tells of what happened since a time, in order, and from then on of each thing when it happens, until it is ended. */
export async function followHappenings(
  client: KubeClient,
  file: string,
  since: number,
  tell: (happening: Happening) => void,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  await interruptible(0, async (interruption) => {
    const signal = orReaderGone(interruption, stdout);
    const readLog = auditTail(file, since);
    const tellAll = (happenings: readonly Happening[]): void => {
      for (const happening of happenings.toSorted((a, b) => a.time - b.time)) tell(happening);
    };
    const readEvents = eventTail(since);
    let following: Promise<void> | undefined;
    try {
      const onInterruption = (error: SlipwayError, failures: number): void => {
        if (isApiError(error) && failures === MANY_FAILURES) throw error;
      };
      for await (const event of watchObjects(client, EVENT, { signal, onInterruption })) {
        if (event.type === 'deleted') continue;
        const news = readEvents(event.type === 'listed' ? event.objects : [event.object]);
        tellAll(following === undefined ? [...news, ...readLog()] : news);
        following ??= followLog(readLog, tellAll, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await following;
  });
}

/** What is new among events: after an interruption the watch lists them all again. */
function eventTail(since: number): (events: readonly KubeObject[]) => readonly Happening[] {
  const told = new Map<string, number>();
  return (events) =>
    events.flatMap((event) => {
      const happening = happeningOf(event);
      const { uid } = event.metadata;
      if (happening === undefined || happening.time < since || told.get(uid) === happening.time) return [];
      told.set(uid, happening.time);
      return [happening];
    });
}

async function followLog(
  read: () => readonly Happening[],
  tell: (happenings: readonly Happening[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    tell(read());
  }
}

/** The entries of the audit log since the last look; the file may be rotated, or not be there yet. */
function auditTail(file: string, since: number): () => readonly Happening[] {
  let from = since;
  let state = '';
  /** Those of the newest time, which others may still share. */
  let newest = new Set<string>();
  return () => {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    const now = JSON.stringify([stat?.ino, stat?.size]);
    if (now === state) return [];
    state = now;
    const entries = [...readAuditLog(file, from)].filter((entry) => !newest.has(JSON.stringify(entry)));
    const last = entries.at(-1)?.time;
    if (last !== undefined) {
      const ofLast = entries.filter(({ time }) => time === last).map((entry) => JSON.stringify(entry));
      newest = new Set(last === from ? [...newest, ...ofLast] : ofLast);
      from = last;
    }
    return entries.map(happeningOfChange);
  };
}
