/**
 * One sleeper with a clock: `sleep` ends when somebody wakes it, when the time has passed, or when the whole is over.
 * A wake-up that comes while nobody sleeps is kept for the next sleep, so none is lost.
 */
export class Alarm<Reason> {
  readonly #reasons = new Set<Reason>();
  #rouse: () => void = () => undefined;

  wake(reason: Reason): void {
    this.#reasons.add(reason);
    this.#rouse();
  }

  /**
   * @param milliseconds undefined sleeps until woken
   * @returns why it was woken; nothing where the time has passed or `signal` ended it
   */
  async sleep(milliseconds: number | undefined, signal: AbortSignal): Promise<ReadonlySet<Reason>> {
    if (this.#reasons.size === 0 && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const rouse = (): void => {
        resolve(undefined);
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(rouse, Math.min(milliseconds, MAX_TIMEOUT));
      this.#rouse = rouse;
      signal.addEventListener('abort', rouse, { once: true });
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', rouse);
    }
    const reasons = new Set(this.#reasons);
    this.#reasons.clear();
    return reasons;
  }
}

/** setTimeout holds milliseconds in a signed 32-bit number; more would fire at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;
