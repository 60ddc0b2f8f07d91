import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** What takes longer than this is taken for broken. */
const LIMIT_MS = 30 * 60_000;

/** Something took longer than it may. */
export class TooLong extends Error {
  constructor(what: string) {
    super(`It took too long: ${what}.`);
  }
}

/** @throws TooLong */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limit = LIMIT_MS): Promise<void> {
  const end = performance.now() + limit;
  while (!(await isSo())) {
    if (performance.now() > end) throw new TooLong(what);
    await sleep(POLL_MS);
  }
}

/** @throws TooLong */
export async function within<T>(what: string, work: Promise<T>, limit = LIMIT_MS): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new TooLong(what));
  }, limit);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
