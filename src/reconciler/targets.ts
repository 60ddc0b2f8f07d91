import { createHash } from 'node:crypto';
import {
  createClient,
  getObject,
  impersonating,
  type KubeClient,
  parseUntrustedAccess,
  serviceAccount,
} from '../kube/index.ts';
import { identityKey, isObject } from '../manifest/index.ts';
import { Failure, sentenceOf } from './failure.ts';
import { KnownGood } from './known-good.ts';
import { type Kustomization, KUSTOMIZATION } from './kustomization.ts';
import { LiveObjects } from './live-objects.ts';

/** The cluster that the objects of a Kustomization go to, as whoever it acts as. */
export interface Target {
  /** Makes the changes. */
  readonly client: KubeClient;
  readonly live: LiveObjects;
  readonly knownGood: KnownGood;
  /** Whether the client acts as an account that may not read all that the watches of `live` show. */
  readonly isImpersonated: boolean;
}

/** A cluster of a kubeconfig. */
interface Remote {
  readonly target: Target;
  /** The Kustomizations that were last there, by `identityKey`. */
  readonly users: Set<string>;
  /** Ends its watches and connections. */
  readonly close: () => void;
}

/** Cluster after cluster, each followed once however many Kustomizations name it, and for as long as one does. */
export class Targets {
  readonly #own: Target;
  readonly #defaultServiceAccount: string;
  readonly #signal: AbortSignal;
  /** Of the accounts that act in a cluster, by `namespace/name`. */
  readonly #knownGood = new WeakMap<LiveObjects, Map<string, KnownGood>>();
  /** By the digest of the kubeconfig, which a Secret may replace. */
  readonly #remotes = new Map<string, Remote>();

  /** @param defaultServiceAccount that a Kustomization acts as which names none; '' for ourselves */
  constructor(own: Target, defaultServiceAccount: string, signal: AbortSignal) {
    this.#own = own;
    this.#defaultServiceAccount = defaultServiceAccount;
    this.#signal = signal;
  }

  /** @throws Failure `ReconciliationFailed` where the kubeconfig is not there or no kubeconfig. */
  async of(kustomization: Kustomization): Promise<Target> {
    const text = isObject(kustomization.spec.kubeConfig)
      ? await kubeconfigOf(kustomization, this.#own.client)
      : undefined;
    const remote = text === undefined ? undefined : this.#remote(text, kustomization);
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
    return serviceAccountName === '' ? this.#defaultServiceAccount : serviceAccountName;
  }

  #remote(text: string, { namespace, name }: Kustomization): Remote {
    const key = createHash('sha256').update(text).digest('hex');
    const known = this.#remotes.get(key);
    if (known !== undefined) return known;
    try {
      const client = createClient(parseUntrustedAccess(text, `${namespace}/${name}`));
      const remote = remoteOf(client, this.#signal);
      this.#remotes.set(key, remote);
      return remote;
    } catch (error) {
      throw new Failure('ReconciliationFailed', `failed to build kube client: ${sentenceOf(error)}`, { cause: error });
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

/** fluxcd/pkg runtime/client: Impersonator.getKubeConfig. */
async function kubeconfigOf({ spec, namespace }: Kustomization, client: KubeClient): Promise<string> {
  const kubeConfig = isObject(spec.kubeConfig) ? spec.kubeConfig : {};
  const reference = isObject(kubeConfig.secretRef) ? kubeConfig.secretRef : {};
  const { name, key } = reference;
  const failed = (why: string): Failure => new Failure('ReconciliationFailed', `failed to build kube client: ${why}`);
  if (typeof name !== 'string')
    throw failed('spec.kubeConfig.configMapRef is not carried out by Slipway; name a Secret');
  const secret = await getObject(client, { group: '', kind: 'Secret', namespace, name });
  if (secret === undefined) throw failed(`unable to read KubeConfig secret '${namespace}/${name}': not found`);
  const data = isObject(secret.data) ? secret.data : {};
  const keys = typeof key === 'string' ? [key] : ['value', 'value.yaml'];
  const value = keys.map((one) => data[one]).find((one) => typeof one === 'string');
  if (value !== undefined) return Buffer.from(value, 'base64').toString('utf8');
  throw failed(`KubeConfig secret '${namespace}/${name}' does not contain a '${keys.join("' or '")}' key with data`);
}
