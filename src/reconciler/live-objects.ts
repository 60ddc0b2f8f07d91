import { SlipwayError } from '../errors.ts';
import { isApiError, type Kind, type KubeClient, type KubeObject, MANY_FAILURES, watchObjects } from '../kube/index.ts';
import { identityKey, identityOf } from '../manifest/index.ts';

/** Told of an object as it is now, or with undefined that it is gone. */
export type Listener = (object: KubeObject | undefined, key: string) => void;

/**
 * What the cluster holds of the kinds that somebody asked for, kept by one watch a kind. Who reads it costs the API
 * server nothing, and who listens hears of drift and of readiness when they happen.
 */
export class LiveObjects {
  readonly #client: KubeClient;
  readonly #signal: AbortSignal;
  readonly #onLost: (error: unknown, kind: Kind) => void;
  readonly #kinds = new Map<string, Promise<void>>();
  readonly #versions = new Map<string, string>();
  readonly #objects = new Map<string, KubeObject>();
  readonly #ofKind = new Map<string, Set<string>>();
  /** The version of what the watch of a kind told of last. */
  readonly #toldOf = new Map<string, string>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #kindListeners = new Map<string, Set<Listener>>();
  readonly #passedListeners = new Set<(object: KubeObject, key: string) => void>();

  /** @param onLost is told when a kind that was followed is gone, or is refused for long */
  constructor(client: KubeClient, signal: AbortSignal, onLost: (error: unknown, kind: Kind) => void) {
    this.#client = client;
    this.#signal = signal;
    this.#onLost = onLost;
  }

  /**
   * Ends when all objects of the kind are known; a kind is followed once, in the version that was asked for first. What
   * the server refuses later is waited out, and changes nothing of what is known.
   *
   * @param isLasting whether a kind that is gone is waited for, and its objects count as they were until it is back
   * @throws where the kind is not served or may not be read; asked again later, it is tried again.
   */
  follow(kind: Kind, isLasting = false): Promise<void> {
    const name = kindName(kind);
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    // Who asked hears of it; where nobody waits any more, nobody need.
    promise.catch(() => undefined);
    this.#kinds.set(name, promise);
    if (kind.version !== undefined) this.#versions.set(name, kind.version);
    let wasKnown = false;
    const isKnown = (): void => {
      wasKnown = true;
      resolve(undefined);
    };
    this.#run(kind, isKnown, isLasting).then(reject, async (error: unknown) => {
      if (!wasKnown || (await this.#isGone(kind))) this.#forget(name);
      else this.#leave(name);
      reject(error);
      if (wasKnown) this.#onLost(error, kind);
    });
    return promise;
  }

  /** Whether it is gone for sure, with all its objects, and not just the version that was followed. */
  async #isGone({ group, kind }: Kind): Promise<boolean> {
    try {
      await this.#client.discovery.find({ group, kind });
      return false;
    } catch (error) {
      return error instanceof SlipwayError && error.code === 'kube/no-such-kind';
    }
  }

  /** The version that the objects of a kind are known in; undefined where it is not followed, or in any. */
  followedVersion(kind: Kind): string | undefined {
    return this.#versions.get(kindName(kind));
  }

  /** By `identityKey`. Of a kind that is followed, undefined means that there is none. */
  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** All objects of a kind that is followed. */
  *all(kind: Kind): Iterable<KubeObject> {
    for (const key of this.#ofKind.get(kindName(kind)) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) yield object;
    }
  }

  /** Takes over what a request just showed, for which the watch needs a moment longer. */
  observe(object: KubeObject | undefined): void {
    if (object === undefined) return;
    const name = kindName(identityOf(object));
    if (!this.#kinds.has(name)) return;
    // The watch has come further, and knows of none: it was deleted meanwhile.
    const isGone =
      !this.#objects.has(keyOf(object)) && !isNewerVersion(versionOf(object), this.#toldOf.get(name) ?? '');
    if (!isGone) this.#changed(name, object);
  }

  /** @returns what ends it */
  listen(key: string, listener: Listener): () => void {
    return addListener(this.#listeners, key, listener);
  }

  /** Hears of every object of the kind. */
  listenToKind(kind: Kind, listener: Listener): () => void {
    return addListener(this.#kindListeners, kindName(kind), listener);
  }

  /** Hears of states that the watch tells of when a later one is known already, from a request. */
  listenToPassed(listener: (object: KubeObject, key: string) => void): () => void {
    this.#passedListeners.add(listener);
    return () => {
      this.#passedListeners.delete(listener);
    };
  }

  async #run(kind: Kind, isKnown: () => void, isLasting: boolean): Promise<void> {
    const name = kindName(kind);
    const onInterruption = (error: SlipwayError, failures: number): void => {
      if (isApiError(error) && failures === MANY_FAILURES) this.#onLost(error, kind);
    };
    const options = { signal: this.#signal, waitsForKind: isLasting, onInterruption };
    for await (const event of watchObjects(this.#client, kind, options)) {
      if (event.type === 'listed') {
        const gone = new Set(this.#ofKind.get(name));
        for (const object of event.objects) {
          gone.delete(keyOf(object));
          this.#told(name, object);
          this.#changed(name, object);
        }
        for (const key of gone) this.#gone(name, key);
        isKnown();
      } else if (event.type === 'changed') {
        this.#told(name, event.object);
        this.#changed(name, event.object);
      } else {
        this.#told(name, event.object);
        const known = this.#objects.get(keyOf(event.object));
        if (known === undefined || !isNewer(known, event.object)) this.#gone(name, keyOf(event.object));
      }
    }
  }

  #told(kind: string, object: KubeObject): void {
    const version = versionOf(object);
    if (isNewerVersion(version, this.#toldOf.get(kind) ?? '')) this.#toldOf.set(kind, version);
  }

  #changed(kind: string, object: KubeObject): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined && !isNewer(object, known)) {
      if (versionOf(object) !== versionOf(known)) for (const listener of this.#passedListeners) listener(object, key);
      return;
    }
    const keys = this.#ofKind.get(kind) ?? new Set();
    this.#ofKind.set(kind, keys.add(key));
    const kept = withoutManagedFields(object);
    this.#objects.set(key, kept);
    this.#tell(kind, key, kept);
  }

  #gone(kind: string, key: string): void {
    this.#ofKind.get(kind)?.delete(key);
    if (this.#objects.delete(key)) this.#tell(kind, key, undefined);
  }

  #tell(kind: string, key: string, object: KubeObject | undefined): void {
    for (const listener of [...(this.#listeners.get(key) ?? []), ...(this.#kindListeners.get(kind) ?? [])]) {
      listener(object, key);
    }
  }

  #forget(kind: string): void {
    for (const key of [...(this.#ofKind.get(kind) ?? [])]) this.#gone(kind, key);
    this.#leave(kind);
  }

  /** Nobody is told that its objects are gone, since they may be there. */
  #leave(kind: string): void {
    this.#kinds.delete(kind);
    this.#versions.delete(kind);
    for (const key of this.#ofKind.get(kind) ?? []) this.#objects.delete(key);
    this.#ofKind.delete(kind);
    this.#toldOf.delete(kind);
  }
}

function addListener(all: Map<string, Set<Listener>>, name: string, listener: Listener): () => void {
  const listeners = all.get(name) ?? new Set();
  all.set(name, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && all.get(name) === listeners) all.delete(name);
  };
}

/** Whether the first is a later state of the object than the second. */
function isNewer(first: KubeObject, second: KubeObject): boolean {
  return isNewerVersion(versionOf(first), versionOf(second));
}

/** Versions are numbers that grow (KEP-5504); where they are none, what comes last counts. */
export function isNewerVersion(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}

function versionOf({ metadata }: KubeObject): string {
  return metadata.resourceVersion ?? '';
}

function keyOf(object: KubeObject): string {
  return identityKey(identityOf(object));
}

function kindName({ group, kind }: Kind): string {
  return `${group}/${kind}`;
}

/** Half of an object's size, and nothing that drift or health depends on (ssa: hasDrifted). */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}
