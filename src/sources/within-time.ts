import { SlipwayError } from '../errors.ts';

/**
 * Gives work a time, and its errors the object that they are of.
 *
 * @param signal of the caller, whose reason is thrown where it is called off.
 * @throws SlipwayError `sources/timeout`.
 */
export async function withinTime<Result>(
  timeoutMs: number,
  object: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timeout = new AbortController();
  const place = { object };
  const timer = setTimeout(() => {
    timeout.abort(
      new SlipwayError({
        code: 'sources/timeout',
        message: `It was not fetched within ${timeoutMs / 1000} seconds.`,
        remedy: 'Raise spec.timeout, or make it smaller.',
        place,
        exitStatus: 3,
      }),
    );
  }, timeoutMs);
  const either = AbortSignal.any([timeout.signal, ...(signal === undefined ? [] : [signal])]);
  try {
    return await work(either);
  } catch (error) {
    either.throwIfAborted();
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, remedy, exitStatus, cause } = error;
    throw new SlipwayError({ code, message, remedy, exitStatus, cause, place });
  } finally {
    clearTimeout(timer);
  }
}
