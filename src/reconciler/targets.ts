import { createClient, impersonating, type KubeClient, serviceAccount } from '../kube/index.ts';
import { identityKey } from '../manifest/index.ts';
import { Failure, sentenceOf } from './failure.ts';
import { KnownGood } from './known-good.ts';
import { type Kustomization, KUSTOMIZATION } from './kustomization.ts';
import { LiveObjects } from './live-objects.ts';
import { remoteAccessOf } from './remote-access.ts';

/** The cluster that the objects of a Kustomization go to, as whoever it acts as. */
export interface Target {
  /** Makes the changes. */
  readonly client: KubeClient;
  readonly live: LiveObjects;
  readonly knownGood: KnownGood;
  /** Whether the client acts as an account that may not read all that the watches of `live` show. */
  readonly isImpersonated: boolean;
}

/** A cluster that a `spec.kubeConfig` names. */
interface Remote {
  readonly target: Target;
  /** The Kustomizations that were last there, by `identityKey`. */
  readonly users: Set<string>;
  /** Ends its watches and connections. */
  readonly close: () => void;
}

/** What Kustomizations act as that do not say so; '' where that is ourselves. */
export interface DefaultAccounts {
  /** `--default-service-account`. */
  readonly serviceAccount: string;
  /** `--default-kubeconfig-service-account`. */
  readonly kubeConfigServiceAccount: string;
}

/** Cluster after cluster, each followed once however many Kustomizations name it, and for as long as one does. */
export class Targets {
  readonly #own: Target;
  readonly #defaults: DefaultAccounts;
  readonly #signal: AbortSignal;
  /** Of the accounts that act in a cluster, by `namespace/name`. */
  readonly #knownGood = new WeakMap<LiveObjects, Map<string, KnownGood>>();
  /** By the digest of what says how to reach it, which may be replaced. */
  readonly #remotes = new Map<string, Remote>();

  constructor(own: Target, defaults: DefaultAccounts, signal: AbortSignal) {
    this.#own = own;
    this.#defaults = defaults;
    this.#signal = signal;
  }

  /** @throws Failure `ReconciliationFailed` where `spec.kubeConfig` leads to no cluster */
  async of(kustomization: Kustomization): Promise<Target> {
    const remote = await this.#remoteOf(kustomization);
    this.#moveTo(remote, identityKey({ ...KUSTOMIZATION, ...kustomization }));
    const target = remote?.target ?? this.#own;
    const account = this.accountOf(kustomization);
    if (account === '') return target;
    const client = impersonating(target.client, serviceAccount(kustomization.namespace, account));
    // What somebody else was allowed to apply says nothing of what this account may.
    const name = `${kustomization.namespace}/${account}`;
    const known = this.#knownGood.get(target.live) ?? new Map<string, KnownGood>();
    this.#knownGood.set(target.live, known);
    const knownGood = known.get(name) ?? new KnownGood();
    known.set(name, knownGood);
    return { ...target, client, knownGood, isImpersonated: true };
  }

  /** The service account that a Kustomization acts as; '' where it acts as ourselves. */
  accountOf({ serviceAccountName }: Kustomization): string {
    return serviceAccountName === '' ? this.#defaults.serviceAccount : serviceAccountName;
  }

  async #remoteOf(kustomization: Kustomization): Promise<Remote | undefined> {
    try {
      const named = await remoteAccessOf(kustomization, this.#own.client, this.#defaults.kubeConfigServiceAccount);
      if (named === undefined) return undefined;
      const { key, open } = named;
      const access = this.#remotes.has(key) ? undefined : await open();
      // Another Kustomization may have come first.
      const known = this.#remotes.get(key);
      if (known !== undefined || access === undefined) return known;
      const remote = remoteOf(createClient(access), this.#signal);
      this.#remotes.set(key, remote);
      return remote;
    } catch (cause) {
      throw new Failure('ReconciliationFailed', `failed to build kube client: ${sentenceOf(cause)}`, { cause });
    }
  }

  /** Closes what no Kustomization is at any more: of a kubeconfig that was replaced, or those of it are gone. */
  #moveTo(now: Remote | undefined, user: string): void {
    now?.users.add(user);
    for (const [key, remote] of this.#remotes) {
      if (remote === now) continue;
      remote.users.delete(user);
      if ([...remote.users].some((one) => this.#own.live.get(one) !== undefined)) continue;
      this.#remotes.delete(key);
      remote.close();
    }
  }
}

function remoteOf(client: KubeClient, signal: AbortSignal): Remote {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  either.addEventListener('abort', client.close, { once: true });
  return {
    target: {
      client,
      live: new LiveObjects(client, either, () => undefined),
      knownGood: new KnownGood(),
      isImpersonated: false,
    },
    users: new Set(),
    close: () => {
      over.abort();
    },
  };
}
