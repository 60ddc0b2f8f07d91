import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { parseDuration } from '../../flux/index.ts';
import { type KubeClient, listObjects } from '../../kube/index.ts';
import {
  type Happening,
  happeningOf,
  happeningOfChange,
  isAbout,
  parseQuery,
  readAuditLog,
} from '../../reconciler/index.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, withCluster } from '../cluster.ts';
import { clusterFolders } from '../cluster-folders.ts';
import { type Arguments, type Command, type Io, isJson, type Status } from '../command.ts';
import { atMostOne } from '../live/operands.ts';
import { terminalOf } from '../terminal.ts';
import { followHappenings } from './follow.ts';
import { happeningJson, happeningText } from './views.ts';

export const events: Command = {
  options: {
    ...CLUSTER_OPTIONS,
    since: { type: 'string' },
    follow: { type: 'boolean', short: 'f' },
    'audit-log': { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway events [OBJECT] [--since DURATION] [--follow] [-o json]

Shows what happened in a cluster, the newest last: the Kubernetes events of Flux's objects, and each change of an object
that Slipway made, from its audit log: by which Kustomization, commit and author, why, and which fields.

OBJECT is KIND/NAMESPACE/NAME or KIND/NAME of any object; of a Kustomization also what it changed is shown.

  --since DURATION   for example 30m, 12h or 7d; default: 1h. The cluster itself keeps events for an hour.
  --follow, -f       goes on until it is ended
  --audit-log FILE   default: that of the cluster, below XDG_STATE_HOME, as \`slipway sync\` writes it
${CLUSTER_HELP}  -o json            an object a line

Examples:
  slipway events
  slipway events --since 7d ConfigMap/web/site
  slipway events --follow ks/flux-system/cluster-apps
`,
  async run(args, io): Promise<Status> {
    const operand = atMostOne(args, 'events', 'slipway events ks/flux-system/cluster-apps');
    const query = operand === undefined ? undefined : parseQuery(operand);
    const asJson = isJson(args.options.output);
    const since = Date.now() - durationOf(args.options.since);
    return withCluster<Status>(args, io, async (client) => {
      const file = await auditLogOf(args, client, io);
      const terminal = terminalOf(io);
      const show = (happening: Happening): void => {
        if (query !== undefined && !isAbout(happening, query)) return;
        io.stdout.write(asJson ? happeningJson(happening) : happeningText(happening, terminal));
      };
      if (args.options.follow === true) await followHappenings(client, file, since, show, io.stdout);
      else for (const happening of await happeningsSince(client, file, since)) show(happening);
      return 0;
    });
  },
};

async function happeningsSince(client: KubeClient, file: string, since: number): Promise<readonly Happening[]> {
  const { objects } = await listObjects(client, { group: '', version: 'v1', kind: 'Event' });
  const told = objects.flatMap((event) => happeningOf(event) ?? []).filter(({ time }) => time >= since);
  const changes = [...readAuditLog(file, since)].map(happeningOfChange);
  return [...told, ...changes].sort((a, b) => a.time - b.time);
}

async function auditLogOf({ options }: Arguments, client: KubeClient, io: Io): Promise<string> {
  const { 'audit-log': given } = options;
  return typeof given === 'string' ? path.resolve(io.cwd, given) : (await clusterFolders(client, io.env)).auditLog;
}

const DAY_MS = 86_400_000;

/** As Go has it, and days. */
function durationOf(since: Arguments['options'][string]): number {
  if (since === undefined) return 3_600_000;
  const text = typeof since === 'string' ? since : '';
  const days = /^(\d+)d$/.exec(text)?.[1];
  const duration = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (duration !== undefined && duration >= 0) return duration;
  throw new SlipwayError({
    code: 'cli/usage',
    message: `--since takes a duration, and ${JSON.stringify(text)} is none.`,
    remedy: 'For example --since 30m, --since 12h or --since 7d.',
    exitStatus: 2,
  });
}
