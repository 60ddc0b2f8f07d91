import { formatError, SlipwayError } from '../../errors.ts';
import type { ClusterDiff, FileTree } from '../../flux/index.ts';
import { type KubeClient, listObjects } from '../../kube/index.ts';
import { DEFAULT_POLICY, KUSTOMIZATION, previewSync, type SyncPreview } from '../../reconciler/index.ts';
import { gitRoot } from '../../render/index.ts';
import { withCluster } from '../cluster.ts';
import type { Arguments, Io, Status } from '../command.ts';
import { engineOf, sourcesOf } from '../render-options.ts';
import { terminalOf } from '../terminal.ts';
import { ownRepository, repositoriesOf } from '../sync/own-source.ts';
import { NO_PLACES, type Presentation } from './places.ts';
import { type Side, treeOf } from './side.ts';

/** `slipway diff --live`: what a sync of one side would change in the cluster now. */
export function diffLive(
  args: Arguments,
  io: Io,
  format: (diff: ClusterDiff, shown: Presentation) => string,
): Promise<Status> {
  const { options, operands } = args;
  const repository = gitRoot(io.cwd);
  const side = treeOf(operands[0] ?? repository ?? '.', repository, io.cwd);
  return withCluster<Status>(args, io, async (client) => {
    const { objects } = await listObjects(client, KUSTOMIZATION);
    const trees = await treesOf(client, side, repository ?? io.cwd, options, io);
    if (objects.length === 0) throw nothingSynced(client);
    const { diff, plan } = await previewSync(objects, {
      client,
      engine: engineOf(options, io),
      policy: DEFAULT_POLICY,
      trees,
    });
    const hasFailed = warn(plan, io);
    const compared = [{ name: client.access.context }, side] as const;
    io.stdout.write(format(diff, { compared, places: NO_PLACES, paint: terminalOf(io).paint }));
    const isRefused = diff.dangers.some(({ kind }) => kind === 'refused');
    return diff.changes.length === 0 && !hasFailed && !isRefused ? 0 : 1;
  });
}

/** What sources will hold: `--source` says it, or this side is that of the GitRepository that it is a clone of. */
async function treesOf(
  client: KubeClient,
  { tree }: Side,
  folder: string,
  options: Arguments['options'],
  io: Io,
): Promise<ReadonlyMap<string, FileTree>> {
  const given = sourcesOf(options.source, io.cwd);
  return given.size > 0 ? given : new Map([[ownRepository(await repositoriesOf(client), folder).key, tree]]);
}

/** Says what could not be built and what is not looked at; returns whether something could not be built. */
function warn({ planned, leftOut }: SyncPreview['plan'], io: Io): boolean {
  let hasFailed = false;
  for (const [name, { failure }] of planned) {
    if (failure === undefined) continue;
    hasFailed = true;
    const place = { object: `Kustomization/${name}` };
    const { reason, message } = failure;
    const error = new SlipwayError({
      code: 'diff/not-built',
      message: `It would fail with ${reason}: ${message}`,
      place,
    });
    io.stderr.write(`${formatError(error, 'warning')}\n`);
  }
  const reasons = new Map<string, string[]>();
  for (const [name, reason] of leftOut) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  for (const [reason, names] of reasons) {
    io.stderr.write(`left out, since ${reason}: ${names.join(', ')}\n`);
  }
  return hasFailed;
}

function nothingSynced(client: KubeClient): SlipwayError {
  return new SlipwayError({
    code: 'diff/nothing-synced',
    message: `The cluster of context ${client.access.context} has no Kustomization, so no sync would change anything.`,
    remedy: '`slipway bootstrap` brings the first; `slipway diff` compares without a cluster.',
    exitStatus: 3,
  });
}
