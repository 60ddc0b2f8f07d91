import type { JsonObject } from '../manifest/index.ts';
import { digestOf, fingerprint } from './fingerprint.ts';

interface Good {
  /** Of what git asks for. */
  readonly desired: string;
  /** Of what the cluster then had. */
  readonly live: string;
}

/**
 * Objects that are as they should be, and need no request to know it: what git asks for, and what the cluster has, are
 * as they were when that was applied.
 */
export class KnownGood {
  readonly #objects = new Map<string, Good>();

  remember(key: string, desired: JsonObject, live: JsonObject): void {
    this.#objects.set(key, { desired: digestOf(desired), live: fingerprint(live) });
  }

  forget(key: string): void {
    this.#objects.delete(key);
  }

  /** Whether applying this to that would change nothing. */
  isGood(key: string, desired: JsonObject, live: JsonObject | undefined): boolean {
    return this.hasNotDrifted(key, live) && this.#objects.get(key)?.desired === digestOf(desired);
  }

  /** Whether the cluster still has what was applied. */
  hasNotDrifted(key: string, live: JsonObject | undefined): boolean {
    const good = this.#objects.get(key);
    return good !== undefined && live !== undefined && good.live === fingerprint(live);
  }
}
