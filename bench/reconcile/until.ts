import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** What takes longer than this is taken for broken. */
const LIMIT_MS = 30 * 60_000;

/** @throws Error where it takes too long */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limit = LIMIT_MS): Promise<void> {
  const end = performance.now() + limit;
  while (!(await isSo())) {
    if (performance.now() > end) throw tooLong(what);
    await sleep(POLL_MS);
  }
}

/** @throws Error where it takes too long */
export async function within<T>(what: string, work: Promise<T>, limit = LIMIT_MS): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(tooLong(what));
  }, limit);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(what: string): Error {
  return new Error(`It took too long: ${what}.`);
}
