/** Flux's controllers that the reconciler stands in for, by the leases that let one of each act at a time. */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { formatHolder } from './survey/keepers.ts';
import { acquireLeases, type ClusterAccess, createClient, type HeldLease, type LeaseTimes } from '../kube/index.ts';

/** The controllers whose work is done here. helm-controller is none of them: HelmReleases are not carried out. */
const CONTROLLERS = ['source-controller', 'kustomize-controller'] as const;

export interface StandInOptions extends LeaseTimes {
  /** Of Flux, for example `flux-system`. */
  readonly namespace: string;
  /** For proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Is told what is waited for, in a sentence. */
  readonly onWaiting: (sentence: string) => void;
}

/**
 * Takes the places of source-controller and kustomize-controller, both or none, and waits for that as long as others
 * hold them. Whoever holds them is the one that acts. They are renewed over a connection of their own, so that nothing else
 * that is asked of the API server can delay that (controller-runtime: leaderelection.NewResourceLock).
 *
 * @throws the signal's reason; SlipwayError `kube/not-found` where there is no such namespace, and others of `kube/`
 */
export async function standIn(access: ClusterAccess, options: StandInOptions): Promise<HeldLease> {
  const client = createClient(access, { env: options.env });
  try {
    const { lost, release } = await acquireLeases(client, {
      ...options,
      names: CONTROLLERS.map((name) => `${name}-leader-election`),
      identity: `slipway-${os.hostname()}-${process.pid}_${randomUUID()}`,
      onWaiting: (lease, holder) => {
        options.onWaiting(sentenceOf(lease.replace(/-leader-election$/, ''), holder, options.namespace));
      },
    });
    return { lost, release: () => release().finally(client.close) };
  } catch (error) {
    client.close();
    throw error;
  }
}

function sentenceOf(controller: string, holder: string, namespace: string): string {
  const who = formatHolder(holder);
  if (who.startsWith('Slipway, ')) {
    return `Another ${who} stands in for ${controller}; end it, or wait until it ends.`;
  }
  const what = who.startsWith(controller) ? `Flux's ${controller} (pod ${who})` : who;
  return (
    `${what} holds the lease ${namespace}/${controller}-leader-election, so it acts and slipway waits; to let slipway act, ` +
    `kubectl -n ${namespace} scale deployment ${controller} --replicas=0`
  );
}
