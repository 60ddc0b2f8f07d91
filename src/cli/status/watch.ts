import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime } from '../../flux/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { identityKey } from '../../manifest/index.ts';
import {
  followFluxObjects,
  type FluxObject,
  keepersOf,
  type ObjectQuery,
  selectFluxObjects,
} from '../../reconciler/index.ts';
import type { Io, Status } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { orReaderGone } from '../live/reader-gone.ts';
import { terminalOf } from '../terminal.ts';
import { fluxObjectData } from './as-data.ts';
import { changeLine, statusScreen } from './as-text.ts';
import { unreadyObjects } from './report.ts';

/** Changes come in crowds. */
const SETTLE_MS = 100;
/** Ages grow though nothing changes. */
const REDRAW_MS = 5000;
/** To the upper left corner, and everything from there on away. */
const HOME = '\u001b[H\u001b[J';

/**
 * Shows the status anew at each change: on a terminal in place, else a line for each object that changed.
 *
 * @returns when the user ends it: 0 if all were ready then
 */
export function watchStatus(
  client: KubeClient,
  query: ObjectQuery | undefined,
  asJson: boolean,
  io: Io,
): Promise<Status> {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => undefined);
  return interruptible(0, async (interruption) => {
    const signal = orReaderGone(interruption, io.stdout);
    let wake: () => void = () => undefined;
    const followed = await followFluxObjects(
      client,
      signal,
      () => {
        wake();
      },
      reject,
    );
    const select = (): readonly FluxObject[] => {
      const all = followed.current();
      return query === undefined ? all : selectFluxObjects(all, query);
    };
    const show = io.stdout.isTTY && !asJson ? screen(client, io) : log(asJson, io);
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await show(select());
      const pause = sleep(REDRAW_MS, undefined, { signal }).catch(() => undefined);
      await Promise.race([changed, pause, lost]);
      await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
    }
    return unreadyObjects(select()).length === 0 ? 0 : 1;
  });
}

function screen(client: KubeClient, io: Io): (objects: readonly FluxObject[]) => Promise<void> {
  return async (objects) => {
    const now = Date.now();
    const { context, server } = client.access;
    const report = { context, server, keepers: await keepersOf(client, now), objects, causes: new Map(), now };
    io.stdout.write(`${HOME}${statusScreen(report, terminalOf(io), io.stdout.rows)}`);
  };
}

function log(asJson: boolean, io: Io): (objects: readonly FluxObject[]) => Promise<void> {
  const said = new Map<string, string>();
  return (objects) => {
    const time = formatTime(Date.now());
    for (const one of objects) {
      const key = identityKey(one.identity);
      const news = JSON.stringify([one.readiness, one.revision, one.waitsFor]);
      if (said.get(key) === news) continue;
      said.set(key, news);
      io.stdout.write(asJson ? `${JSON.stringify({ time, ...fluxObjectData(one) })}\n` : changeLine(one, time));
    }
    return Promise.resolve();
  };
}
