import { withoutFields } from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import { digestOf, fingerprint } from './fingerprint.ts';

interface Good {
  /** Of what git asks for. */
  readonly desired: string;
  /** Of what the cluster then had. */
  readonly live: string;
  /** JSON pointers of fields that do not count. */
  readonly ignored?: readonly string[];
}

/**
 * Objects that are as they should be, and need no request to know it: what git asks for, and what the cluster has, are
 * as they were when that was applied.
 */
export class KnownGood {
  readonly #objects = new Map<string, Good>();

  /** @param ignored JSON pointers of fields that may become anything (`spec.ignore`) */
  remember(key: string, desired: JsonObject, live: JsonObject, ignored: readonly string[] = []): void {
    const good = { desired: digestOf(desired), live: fingerprint(withoutFields(live, ignored)) };
    this.#objects.set(key, ignored.length === 0 ? good : { ...good, ignored });
  }

  forget(key: string): void {
    this.#objects.delete(key);
  }

  /** Whether applying this to that would change nothing. */
  isGood(key: string, desired: JsonObject, live: JsonObject | undefined, ignored: readonly string[] = []): boolean {
    const good = this.#objects.get(key);
    if (good === undefined || ignored.join() !== (good.ignored ?? []).join()) return false;
    return this.hasNotDrifted(key, live) && good.desired === digestOf(desired);
  }

  /** Whether the cluster still has what was applied. */
  hasNotDrifted(key: string, live: JsonObject | undefined): boolean {
    const good = this.#objects.get(key);
    if (good === undefined || live === undefined) return false;
    return good.live === fingerprint(withoutFields(live, good.ignored ?? []));
  }
}
