import type { KubeObject } from '../kube/index.ts';
import { fingerprint } from './fingerprint.ts';
import { isNewerVersion } from './live-objects.ts';

interface Repair {
  /** Versions of the object: what was seen before it was put right, and what that made of it. */
  readonly from: string;
  to: string | undefined;
  /** What came meanwhile. */
  readonly met: KubeObject[];
  /** Fingerprints of what is told of: another status of the same edit is no other edit. */
  readonly known: Set<string>;
}

/**
 * What others changed between the moment in which an object was looked at and the one in which it was put right: undone
 * without having been seen. The watch tells of it while the request is under way, or afterwards.
 */
export class UnseenEdits {
  readonly #repairs = new Map<string, Repair>();

  begin(key: string, before: KubeObject | undefined): void {
    const known = new Set(before === undefined ? [] : [fingerprint(before)]);
    this.#repairs.set(key, { from: before?.metadata.resourceVersion ?? '', to: undefined, met: [], known });
  }

  /** Returns the states that came meanwhile, and are older than what is there now. */
  end(key: string, after: KubeObject | undefined): readonly KubeObject[] {
    const repair = this.#repairs.get(key);
    if (repair === undefined) return [];
    repair.to = after?.metadata.resourceVersion ?? '';
    return repair.met.splice(0).filter((object) => isWithin(object, repair));
  }

  /** @returns whether it was undone without having been seen, as far as that is known yet */
  meet(key: string, object: KubeObject): boolean {
    const repair = this.#repairs.get(key);
    if (repair === undefined) return false;
    if (repair.to !== undefined) return isWithin(object, repair);
    repair.met.push(object);
    return false;
  }
}

function isWithin(object: KubeObject, { from, to = '', known }: Repair): boolean {
  const { resourceVersion = '' } = object.metadata;
  const isBetween =
    from !== '' && to !== '' && isNewerVersion(resourceVersion, from) && isNewerVersion(to, resourceVersion);
  if (!isBetween || known.has(fingerprint(object))) return false;
  known.add(fingerprint(object));
  return true;
}
