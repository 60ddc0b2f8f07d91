import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import { type KubeClient, type KubeObject, watchObjects } from '../kube/index.ts';

/** A ConfigMap or Secret, as `Kind/namespace/name`. */
export type ConfigKey = string;

const KINDS = ['ConfigMap', 'Secret'] as const;
/** `--watch-configs-label-selector` of Flux's controllers, as it is by default. */
const LABEL = 'reconcile.fluxcd.io/watch=Enabled';
/** Time until what may not be watched is tried again. */
const RETRY_MS = 30_000;

interface Watch {
  readonly client: KubeClient;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
  /** Is told when all is known, or may not be. */
  readonly isKnown: () => void;
}

/**
 * Hears of the ConfigMaps and Secrets whose label asks for it, so that a Kustomization that reads one is reconciled when it
 * changes (KC: SetupWithManager, WatchesMetadata). Only their metadata is asked for.
 */
export class WatchedConfigs {
  readonly #listeners = new Set<(key: ConfigKey) => void>();

  /**
   * Ends when all that there is now is known, or may not be: then it is tried again now and then.
   *
   * @param namespace undefined for all
   * @param onError is told once where one of the kinds may not be watched
   */
  async follow(
    client: KubeClient,
    namespace: string | undefined,
    signal: AbortSignal,
    onError: (error: unknown) => void,
  ): Promise<void> {
    await Promise.all(
      KINDS.map(async (kind) => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        const isKnown = (): void => {
          resolve(undefined);
        };
        void this.#keep(kind, { client, namespace, signal, isKnown }, onError).catch(onError).finally(isKnown);
        await promise;
      }),
    );
  }

  /** @returns what ends it */
  listen(listener: (key: ConfigKey) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async #keep(kind: (typeof KINDS)[number], watch: Watch, onError: (error: unknown) => void): Promise<void> {
    for (let tries = 0; !watch.signal.aborted; tries++) {
      try {
        await this.#run(kind, watch, tries > 0);
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        if (tries === 0) onError(error);
        watch.isKnown();
        await sleep(RETRY_MS, undefined, { signal: watch.signal }).catch(() => undefined);
      }
    }
  }

  /** @param isLate whether somebody may have read what is there before it could be watched */
  async #run(kind: (typeof KINDS)[number], watch: Watch, isLate: boolean): Promise<void> {
    const { client, namespace, signal, isKnown } = watch;
    const selection = { labelSelector: LABEL, metadataOnly: true, namespace, signal };
    let versions: ReadonlyMap<ConfigKey, string> | undefined = isLate ? new Map() : undefined;
    for await (const event of watchObjects(client, { group: '', version: 'v1', kind }, selection)) {
      const before = versions ?? new Map<ConfigKey, string>();
      const now = new Map(event.type === 'listed' ? [] : before);
      if (event.type === 'deleted') now.delete(keyOf(kind, event.object));
      else
        for (const object of event.type === 'listed' ? event.objects : [event.object]) {
          now.set(keyOf(kind, object), object.metadata.resourceVersion ?? '');
        }
      // What is there at first is read by everybody who begins.
      if (versions !== undefined) this.#tell(before, now);
      versions = now;
      isKnown();
    }
  }

  #tell(before: ReadonlyMap<ConfigKey, string>, now: ReadonlyMap<ConfigKey, string>): void {
    for (const key of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(key) === now.get(key)) continue;
      for (const listener of this.#listeners) listener(key);
    }
  }
}

function keyOf(kind: string, { metadata }: KubeObject): ConfigKey {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}
