import { once } from 'node:events';
import { SlipwayError } from '../errors.ts';
import type { KubeClient, KubeObject } from '../kube/index.ts';
import type { Kind } from '../kube/index.ts';
import type { Engine } from '../render/index.ts';
import type { Storage } from '../sources/index.ts';
import type { Audit } from './audit.ts';
import { collectArtifacts } from './collect-artifacts.ts';
import type { ReconcilerContext } from './context.ts';
import { Events } from './events.ts';
import { FETCHED_KINDS } from './fetch-source.ts';
import { keepKustomization, KIND_OF_KINDS } from './keep-kustomization.ts';
import { keepSource, type SourceContext } from './keep-source.ts';
import { KnownGood } from './known-good.ts';
import { KUSTOMIZATION } from './kustomization.ts';
import { LiveObjects } from './live-objects.ts';
import type { Policy } from './policy.ts';
import type { Result } from './result.ts';
import { Artifacts, SOURCE } from './sources.ts';
import { Targets } from './targets.ts';
import { createTurns } from './turns.ts';
import { WatchedConfigs } from './watched-configs.ts';

export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly engine: Engine;
  readonly storage: Storage;
  readonly audit: Audit;
  readonly policy: Policy;
  /** `--default-service-account`; '' where there is none. */
  readonly defaultServiceAccount: string;
  /** Folders of this machine that are taken in place of a source, by `Kind/namespace/name`. */
  readonly folders: ReadonlyMap<string, string>;
  /** Only Flux's objects of this namespace are carried out (Flux: `--watch-all-namespaces=false`); default: those of all. */
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
  /** URLs that git repositories and OCI artifacts are fetched from instead of their own, without their credentials; as `folders`. */
  readonly urls?: ReadonlyMap<string, string> | undefined;
  /** Is told what each try at a source or a Kustomization has led to. */
  readonly onResult?: ((result: Result) => void) | undefined;
  /** Is told of what ended a loop and should not have: a defect, or a cluster that refuses what the reconciler needs. */
  readonly onError: (error: unknown) => void;
}

export interface Reconciler {
  readonly live: LiveObjects;
  /** Ends when the signal has ended all loops and the last event is written. */
  readonly ended: Promise<void>;
}

/**
 * Stands in for source-controller and kustomize-controller, in one process: a loop for each source and each
 * Kustomization of the cluster, begun when the object comes and ended when it goes. Whoever calls holds their leases.
 *
 * @throws SlipwayError `kube/…` where Flux's kinds cannot be followed
 */
export async function startReconciler(options: ReconcilerOptions): Promise<Reconciler> {
  const { client, signal, engine, audit, policy, storage, folders, namespace: only, onError } = options;
  const { urls = new Map<string, string>(), onResult = () => undefined } = options;
  // Kinds come and go with their CRDs: a Kustomization that needs one says so.
  const live = new LiveObjects(client, signal, (error) => {
    if (!(error instanceof SlipwayError && error.code === 'kube/no-such-kind')) onError(error);
  });
  const artifacts = new Artifacts();
  const targets = new Targets(
    { client, live, knownGood: new KnownGood(), isImpersonated: false },
    { serviceAccount: options.defaultServiceAccount, kubeConfigServiceAccount: policy.kubeConfigServiceAccount },
    signal,
  );
  const configs = new WatchedConfigs();
  const events = new Events(client, 'kustomize-controller');
  const sourceEvents = new Events(client, 'source-controller');
  const context: ReconcilerContext = {
    client,
    live,
    artifacts,
    targets,
    configs,
    events,
    engine,
    audit,
    policy,
    turn: createTurns(),
    onResult,
  };
  const sources: SourceContext = {
    client,
    live,
    artifacts,
    storage,
    events: sourceEvents,
    folders,
    urls,
    policy,
    onResult,
  };

  const loops = new Set<Promise<void>>();
  const start = (loop: Promise<void>): Promise<void> => {
    const ended = loop.catch(onError).finally(() => loops.delete(ended));
    loops.add(ended);
    return ended;
  };
  await Promise.all(
    FETCHED_KINDS.map((kind) =>
      eachOf({ ...SOURCE, kind }, live, only, (namespace, name) =>
        start(keepSource({ kind, namespace, name }, sources, signal)),
      ),
    ),
  );
  await configs.follow(client, only, signal, onError);
  await live.follow(KIND_OF_KINDS, true);
  live.listenToKind(KIND_OF_KINDS, () => {
    // Versions come and go with them. Where this fails, the next request that misses its path looks again.
    client.discovery.refresh().catch(() => undefined);
  });
  await eachOf(KUSTOMIZATION, live, only, (namespace, name) =>
    start(keepKustomization({ namespace, name }, context, signal)),
  );

  void start(collectArtifacts(live, storage, signal));

  const ended = async (): Promise<void> => {
    if (!signal.aborted) {
      await once(signal, 'abort');
    }
    await Promise.all(loops);
    await Promise.all([events.settled(), sourceEvents.settled()]);
  };
  return { live, ended: ended() };
}

/** Begins a loop for each object of a kind, those that come later included; one that ended begins anew when its object comes back. */
async function eachOf(
  kind: Kind,
  live: LiveObjects,
  only: string | undefined,
  begin: (namespace: string, name: string) => Promise<void>,
): Promise<void> {
  const running = new Set<string>();
  const came = (object: KubeObject | undefined, key: string): void => {
    if (object === undefined || running.has(key)) return;
    const { namespace = '', name } = object.metadata;
    if (only !== undefined && namespace !== only) return;
    running.add(key);
    void begin(namespace, name).finally(() => {
      running.delete(key);
      const again = live.get(key);
      if (again !== undefined && again.metadata.uid !== object.metadata.uid) came(again, key);
    });
  };
  live.listenToKind(kind, came);
  await live.follow(kind, true);
}
