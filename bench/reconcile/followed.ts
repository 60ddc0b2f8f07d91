import { type Kind, type KubeClient, type KubeObject, watchObjects } from '../../src/kube/index.ts';

/** What the cluster holds of one kind, by name, and who is told of it; watched from outside of the contestants. */
export interface Followed {
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Ends when the object of this name is so. */
  readonly until: (name: string, isSo: (object: KubeObject | undefined) => boolean) => Promise<void>;
  readonly stop: () => void;
}

export async function follow(client: KubeClient, kind: Kind, namespace: string): Promise<Followed> {
  const objects = new Map<string, KubeObject>();
  const listeners = new Map<string, Set<() => void>>();
  const abort = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const changed = (name: string, object: KubeObject | undefined): void => {
    if (object === undefined) objects.delete(name);
    else objects.set(name, object);
    for (const listener of listeners.get(name) ?? []) listener();
  };
  const run = async (): Promise<void> => {
    for await (const event of watchObjects(client, kind, { namespace, signal: abort.signal })) {
      if (event.type === 'listed') {
        for (const object of event.objects) changed(object.metadata.name, object);
        resolve(undefined);
      } else changed(event.object.metadata.name, event.type === 'deleted' ? undefined : event.object);
    }
  };
  run().catch(reject);
  await promise;
  return {
    objects,
    until: (name, isSo) =>
      new Promise((fulfil) => {
        const own = listeners.get(name) ?? new Set();
        listeners.set(name, own);
        const look = (): void => {
          if (!isSo(objects.get(name))) return;
          own.delete(look);
          fulfil();
        };
        own.add(look);
        look();
      }),
    stop: () => {
      abort.abort();
    },
  };
}
