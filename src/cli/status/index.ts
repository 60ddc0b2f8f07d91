import { type KubeClient } from '../../kube/index.ts';
import { keepersOf, parseQuery, selectFluxObjects, surveyCluster } from '../../reconciler/index.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, withCluster } from '../cluster.ts';
import { type Command, type Io, isJson, type Status } from '../command.ts';
import { auditNotes } from '../live/audit-notes.ts';
import { causeOf } from '../live/cause.ts';
import { createCheckout } from '../live/checkout.ts';
import { createCommits } from '../live/commits.ts';
import { createOrigins } from '../live/origins.ts';
import { atMostOne, directoryOf } from '../live/operands.ts';
import { terminalOf } from '../terminal.ts';
import { statusJson } from './as-data.ts';
import { objectText, statusText } from './as-text.ts';
import { isInTrouble, type StatusReport, unreadyObjects } from './report.ts';
import { watchStatus } from './watch.ts';

export const status: Command = {
  options: {
    ...CLUSTER_OPTIONS,
    watch: { type: 'boolean', short: 'w' },
    dir: { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway status [OBJECT] [--watch] [-o json]

Shows how each source, Kustomization and HelmRelease of a cluster stands, whoever keeps it, Slipway or Flux's own
controllers: what it has reached, since when, and what it waits for. Of each that failed it says why: the objects that
are not well, the commit and its author, the file of the tree and the line of TypeScript, and what to do.

OBJECT is KIND/NAMESPACE/NAME or KIND/NAME; ks, hr, gitrepo and the like are kinds too. It is told of at length.

  --watch, -w        goes on until it is ended: shows each change
  --dir DIR          a checkout of the cluster's repository; default: the one that the command runs in
${CLUSTER_HELP}
Ends with 0 if all are ready or suspended, 1 if one is not.

Examples:
  slipway status
  slipway status ks/flux-system/cluster-apps
  slipway status --watch
`,
  async run(args, io): Promise<Status> {
    const query = atMostOne(args, 'status', 'slipway status ks/flux-system/cluster-apps');
    const asJson = isJson(args.options.output);
    const directory = directoryOf(args, io);
    return withCluster(args, io, async (client) => {
      const wanted = query === undefined ? undefined : parseQuery(query);
      if (args.options.watch === true) return watchStatus(client, wanted, asJson, io);
      const report = await reportOf(client, query, directory, io);
      const terminal = terminalOf(io);
      if (asJson) io.stdout.write(statusJson(report));
      else if (wanted === undefined) io.stdout.write(statusText(report, terminal));
      else io.stdout.write(report.objects.map((one) => objectText(one, report, terminal)).join('\n'));
      return unreadyObjects(report.objects).length === 0 ? 0 : 1;
    });
  },
};

/**
 * @param query the objects that it is about; undefined for all
 * @param directory `--dir`
 */
async function reportOf(
  client: KubeClient,
  query: string | undefined,
  directory: string | undefined,
  io: Io,
): Promise<StatusReport> {
  const now = Date.now();
  const [all, keepers] = await Promise.all([surveyCluster(client), keepersOf(client, now)]);
  const objects = query === undefined ? all : selectFluxObjects(all, parseQuery(query));
  const explained = query === undefined ? objects.filter(isInTrouble) : objects;
  const { commit } = await auditNotes(client, io.env);
  const commits = createCommits(directory ?? io.cwd, commit);
  const origins = createOrigins(io.cwd, createCheckout(directory, all, io));
  const context = { client, objects: all, commits, origins, now };
  const causes = new Map(await Promise.all(explained.map(async (one) => [one, await causeOf(one, context)] as const)));
  const { context: name, server } = client.access;
  return { context: name, server, keepers, objects, causes, now };
}
