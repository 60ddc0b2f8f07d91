/**
 * Hands out turns one at a time, and lets the process send and receive between two: when a commit wakes a thousand loops,
 * the first one's requests are under way before the last one has built.
 */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}
