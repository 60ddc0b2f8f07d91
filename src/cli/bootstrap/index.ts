/** `slipway bootstrap`: from a bare cluster to one that is as its repository says. */
import fs from 'node:fs';
import { SlipwayError } from '../../errors.ts';
import { getObject, type KubeClient } from '../../kube/index.ts';
import {
  formatIdentity,
  identityKey,
  identityOf,
  isObject,
  type JsonObject,
  type ObjectIdentity,
} from '../../manifest/index.ts';
import {
  type Audit,
  type BootstrapPlan,
  type Change,
  planBootstrap,
  type Policy,
  seedCluster,
} from '../../reconciler/index.ts';
import { DiskTree, walk } from '../../render/index.ts';
import { isSandbox } from '../../sandbox/index.ts';
import { Keyring } from '../../sops/index.ts';
import { CHANGE_HELP, confirmCluster, requireRights, withCluster } from '../cluster.ts';
import type { Arguments, Command, Io, Status } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { engineOf, entryOf } from '../render-options.ts';
import { keyringFrom } from '../secrets/files.ts';
import { folderOf, placesOf, RECONCILE_HELP, RECONCILE_OPTIONS, reconcileOptions, wrongUse } from '../sync/options.ts';
import { ownRepository } from '../sync/own-source.ts';
import { runSession } from '../sync/session.ts';
import { formatLeft, untilSettled } from '../sync/until-settled.ts';
import { fluxDefinitions } from './flux-definitions.ts';
import { keySecrets } from './keys.ts';
import { bootstrapRights } from './rights.ts';

export const bootstrap: Command = {
  options: { ...RECONCILE_OPTIONS, entry: { type: 'string' }, 'without-key': { type: 'boolean' } },
  help: `Usage: slipway bootstrap [DIR] [--entry PATH] [--source-dir DIR] [--context NAME] [-o json]

Brings a bare cluster to what the repository in DIR (default: this folder) says, in one go: Flux's kinds, its namespace,
the Secret with the age key, the repository's own source and Kustomization; then all that these lead to, in the order of
their dependencies, until every Kustomization is ready or cannot be. It may be run again at any point.

What is synced is what the GitRepository in the tree names. Before there is such a remote: --source-dir DIR.
The age key is found where sops finds it: SOPS_AGE_KEY_FILE, SOPS_AGE_KEY, SOPS_AGE_KEY_CMD, or sops's own file. Only the
identities that open the tree go into the cluster.

  --entry PATH               the folder that the cluster syncs first; default: kubernetes/flux/config and others that are usual
  --without-key              goes on though no identity opens the tree; what is encrypted is then not applied
${RECONCILE_HELP}
${CHANGE_HELP}
Ends with 0 if all is ready, 1 with a list if not, 3 when a lease is lost or the cluster cannot be asked. HelmReleases are
applied as objects and not carried out; what waits for one is in that list.

Examples:
  slipway bootstrap
  SOPS_AGE_KEY_FILE=~/keys.txt slipway bootstrap --source-dir . --context homelab
`,
  async run(args, io): Promise<Status> {
    if (args.operands[1] !== undefined) throw wrongUse(`There is an operand too many: ${args.operands[1]}.`);
    const options = reconcileOptions(args, io);
    const { sourceDirectory, report, fluxNamespace } = options;
    const directory = folderOf(args.operands[0] ?? '.', io);
    const keyring = args.options['without-key'] === true ? undefined : keyringFrom(io);
    const plan = await readPlan(directory, keyring, options.policy, args, io);
    const folders = new Map(options.folders);
    if (sourceDirectory !== undefined) folders.set(ownSource(plan, sourceDirectory), sourceDirectory);
    return interruptible(3, (signal) =>
      withCluster(args, io, async (client) => {
        await confirmCluster(args, io, client.access, 'bootstrap');
        await requireRights(client, bootstrapRights(fluxNamespace), 'bootstrap');
        const keys =
          keyring === undefined ? [] : await keySecrets(client, plan.keys, ruleRecipients(directory), keyring);
        const places = await placesOf(options, client);
        const definitions = definitionsOf(plan, report.say);
        try {
          const first = await makeRoomForLeases(client, definitions, fluxNamespace, signal);
          const prepare = async (audit: Audit, until: AbortSignal): Promise<void> => {
            for (const change of first) audit(change);
            for (const change of await seedCluster(client, definitions, { signal: until })) audit(change);
          };
          const session = { ...options, ...places, client, namespace: undefined, folders, signal, prepare };
          const left = await runSession(session, async (running) => {
            const seeds = [...keys, ...plan.seeds];
            for (const one of plan.closed) report.say(leftClosed(one));
            for (const one of plan.unknown) report.say(leftUnknown(one));
            const how = { signal: running.signal, live: running.reconciler.live, secretValues: plan.secretValues };
            for (const change of await seedCluster(client, seeds, how)) running.audit(change);
            return untilSettled(running, client);
          });
          for (const sentence of formatLeft(left)) report.say(sentence);
          report.say(await fromNowOn(client, fluxNamespace, left.length));
          return left.length === 0 ? 0 : 1;
        } catch (error) {
          if (signal.aborted) return 3;
          throw error;
        }
      }),
    );
  },
};

/**
 * @param keyring opens in memory what the first sources need
 * @throws SlipwayError what the entry does not build for; `bootstrap/no-kustomization`
 */
async function readPlan(
  directory: string,
  keyring: Keyring | undefined,
  { allowBrokenMac }: Policy,
  { options }: Arguments,
  io: Io,
): Promise<BootstrapPlan> {
  const tree = new DiskTree(fs.realpathSync(directory));
  const entry = entryOf(options.entry, tree, (line) => io.stderr.write(line));
  const engine = engineOf({ ...options, 'no-cache': true }, io);
  // Its Kustomization tells of it again, by an event.
  const onBrokenMac = allowBrokenMac ? () => undefined : undefined;
  const planWith = async (keys: Keyring): Promise<BootstrapPlan> => {
    const rendered = await walk({
      ...{ tree, entry, engine, reveal: true, onBrokenMac },
      keyring: () => Promise.resolve(keys),
    });
    const [first] = rendered;
    if (first?.error !== undefined) throw first.error;
    return planBootstrap(rendered);
  };
  const closed = await planWith(new Keyring({ identities: [] }));
  // A key may take a passphrase or a command: it is asked for where something is to be opened.
  const plan = keyring === undefined || closed.isOpen ? closed : await planWith(keyring);
  if (plan.seeds.length > 0) return plan;
  throw new SlipwayError({
    code: 'bootstrap/no-kustomization',
    message: 'There is no Kustomization in the entry folder, so nothing would be synced.',
    remedy: 'Name by --entry the folder that holds the first one.',
    place: { file: entry },
    exitStatus: 2,
  });
}

/** The repository in the plan that a working tree is taken in place of. */
function ownSource({ seeds }: BootstrapPlan, folder: string): string {
  const repositories = seeds.filter(({ kind }) => kind === 'GitRepository');
  const named = repositories.map((object) => ({
    key: formatIdentity(identityOf(object)),
    url: isObject(object.spec) && typeof object.spec.url === 'string' ? object.spec.url : '',
  }));
  return ownRepository(named, folder).key;
}

/** What `.sops.yaml` says that files are encrypted to. */
function ruleRecipients(directory: string): ReadonlySet<string> {
  const file = `${directory}/.sops.yaml`;
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  return new Set(text.match(/\bage1[0-9a-z]+/g));
}

function leftClosed(secret: ObjectIdentity): string {
  return `${formatIdentity(secret)} is encrypted, and no identity here opens it: what reads it has only what the cluster has of it.`;
}

function leftUnknown(object: ObjectIdentity): string {
  return `${formatIdentity(object)} has a variable whose value the repository does not hold: the cluster keeps what it has of it.`;
}

function definitionsOf({ definitions }: BootstrapPlan, say: (sentence: string) => void): readonly JsonObject[] {
  const definesFlux = definitions.some(({ kind }) => kind === 'CustomResourceDefinition');
  if (definesFlux) return definitions;
  say("The tree brings no definitions of Flux's kinds: those that come with slipway are used.");
  return [...fluxDefinitions(), ...definitions];
}

/** Of a bare cluster the namespace of the leases, which is all that is made before they are held. */
async function makeRoomForLeases(
  client: KubeClient,
  definitions: readonly JsonObject[],
  name: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const identity = { group: '', kind: 'Namespace', namespace: '', name };
  if ((await getObject(client, identity)) !== undefined) return [];
  const known = definitions.find((object) => identityKey(identityOf(object)) === identityKey(identity));
  return seedCluster(client, [known ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }], { signal });
}

/** What keeps the cluster when this command has ended. */
async function fromNowOn(client: KubeClient, namespace: string, left: number): Promise<string> {
  const name = 'kustomize-controller';
  const deployment = await getObject(client, { group: 'apps', kind: 'Deployment', namespace, name });
  const status = isObject(deployment?.status) ? deployment.status : {};
  // In a sandbox pods are simulated, and nothing runs in them.
  const isThere =
    !isSandbox(client.access) && typeof status.availableReplicas === 'number' && status.availableReplicas > 0;
  const how = isThere
    ? `The leases are given back: Flux's own controllers, which came with the tree, keep the cluster from now on; \`slipway sync\` does it in their place while they are scaled down.`
    : 'The leases are given back, and nothing keeps the cluster from now on: `slipway sync` does.';
  return `${left === 0 ? 'Every Kustomization is ready.' : `${left} ${left === 1 ? 'is' : 'are'} not ready, listed above.`} ${how}`;
}
