/** `slipway sync`: keeps a cluster equal to its Flux objects, in the place of Flux's controllers. */
import { once } from 'node:events';
import { SlipwayError } from '../../errors.ts';
import { getObject, type KubeClient } from '../../kube/index.ts';
import { serveReceivers } from '../../reconciler/index.ts';
import { CHANGE_HELP, confirmCluster, requireRights, withCluster } from '../cluster.ts';
import type { Arguments, Command, Io, Status } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { placesOf, RECONCILE_HELP, RECONCILE_OPTIONS, reconcileOptions, wrongUse } from './options.ts';
import { ownRepository, repositoriesOf } from './own-source.ts';
import { receiverRights, reconcilerRights } from './rights.ts';
import type { Report } from './report.ts';
import { runSession, type Session } from './session.ts';
import { formatLeft, untilSettled } from './until-settled.ts';

const FLUX_KINDS = [
  'Kustomization.kustomize.toolkit.fluxcd.io',
  'GitRepository.source.toolkit.fluxcd.io',
  'OCIRepository.source.toolkit.fluxcd.io',
];

export const sync: Command = {
  options: {
    ...RECONCILE_OPTIONS,
    once: { type: 'boolean' },
    namespace: { type: 'string', short: 'n' },
    'receiver-address': { type: 'string' },
  },
  help: `Usage: slipway sync [--once] [--source-dir DIR] [--context NAME] [-o json]

Keeps the cluster equal to its Flux objects until Ctrl-C, in the place of source-controller and kustomize-controller: it
holds their leases, so that it and they never act at once. Where they run it waits, and says for whom. HelmReleases are
applied as objects and not carried out.

  --once                     ends when all is at the newest commit: with 0 if all is ready, with 1 and a list if not
  -n, --namespace NS         carries out Flux's objects of this namespace only
  --receiver-address A:PORT  takes there the webhooks of the cluster's Receivers, as notification-controller does
${RECONCILE_HELP}
${CHANGE_HELP}
Ends with 3 when a lease is lost or the cluster cannot be asked.

Examples:
  slipway sync
  slipway sync --once --context staging
  slipway sync --source-dir .
`,
  async run(args, io): Promise<Status> {
    if (args.operands[0] !== undefined) throw wrongUse(`There is an operand too many: ${args.operands[0]}.`);
    const options = reconcileOptions(args, io);
    const isOnce = args.options.once === true;
    const namespace = typeof args.options.namespace === 'string' ? args.options.namespace : undefined;
    const address = addressOf(args.options['receiver-address']);
    // Ended before it was known whether all is ready.
    const interrupted = isOnce ? 3 : 0;
    return interruptible(interrupted, (signal) =>
      withCluster(args, io, async (client) => {
        await confirmCluster(args, io, client.access, 'sync');
        await requireFlux(client, options.fluxNamespace);
        const rights = reconcilerRights(namespace ?? '', options.fluxNamespace);
        await requireRights(
          client,
          address === undefined ? rights : [...rights, ...receiverRights(namespace ?? '')],
          'sync',
        );
        const { sourceDirectory } = options;
        const folders = new Map(options.folders);
        if (sourceDirectory !== undefined) {
          folders.set(ownRepository(await repositoriesOf(client), sourceDirectory).key, sourceDirectory);
        }
        const places = await placesOf(options, client);
        try {
          return await runSession({ ...options, ...places, client, namespace, folders, signal }, async (session) => {
            if (address !== undefined) {
              const { noCrossNamespaceRefs } = options.policy;
              const { fluxNamespace } = options;
              const how = { ...address, namespace, fluxNamespace, noCrossNamespaceRefs, signal: session.signal };
              await serveReceivers(client, { ...how, onRequest: options.report.say });
            }
            return isOnce ? syncOnce(session, client, io) : syncOn(session, options.report);
          });
        } catch (error) {
          if (signal.aborted) return interrupted;
          throw error;
        }
      }),
    );
  },
};

/** `host:port`, or `:port` of every address of this machine, as Go has it. */
function addressOf(option: Arguments['options'][string]): { readonly host: string; readonly port: number } | undefined {
  if (option === undefined) return undefined;
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(String(option)) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw wrongUse('--receiver-address takes an address such as 127.0.0.1:9292.');
  return { host: host === '' ? '0.0.0.0' : host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

/** @throws SlipwayError `cluster/no-flux` where the cluster has not got what a reconciler reads */
async function requireFlux(client: KubeClient, namespace: string): Promise<void> {
  const kinds = new Set((await client.discovery.list()).map(({ group, kind }) => `${kind}.${group}`));
  const missing = FLUX_KINDS.filter((kind) => !kinds.has(kind));
  const place = { group: '', kind: 'Namespace', namespace: '', name: namespace };
  if (missing.length === 0 && (await getObject(client, place)) !== undefined) return;
  throw new SlipwayError({
    code: 'cluster/no-flux',
    message: `The cluster has no ${missing.length > 0 ? missing.join(', no ') : `namespace ${namespace}`}, so there is nothing to sync.`,
    remedy: 'Run `slipway bootstrap`, which brings them.',
    exitStatus: 3,
  });
}

async function syncOn({ signal }: Session, report: Report): Promise<Status> {
  report.say('Now in the place of source-controller and kustomize-controller; Ctrl-C gives their leases back.');
  if (!signal.aborted) await once(signal, 'abort');
  return 0;
}

async function syncOnce(session: Session, client: KubeClient, { stderr }: Io): Promise<Status> {
  const left = await untilSettled(session, client);
  for (const sentence of formatLeft(left)) stderr.write(`${sentence}\n`);
  // What should not have ended: then nobody knows.
  if (session.errors.length > 0) return 3;
  return left.length === 0 ? 0 : 1;
}
