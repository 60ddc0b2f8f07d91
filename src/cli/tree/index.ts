import type { KubeClient } from '../../kube/index.ts';
import { type ObjectIdentity } from '../../manifest/index.ts';
import {
  type FluxObject,
  type LiveInventory,
  type ObjectNode,
  objectTree,
  parseQuery,
  readInventory,
  rootsOf,
  selectFluxObjects,
  surveyCluster,
} from '../../reconciler/index.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, withCluster } from '../cluster.ts';
import { type Command, isJson, type Status } from '../command.ts';
import { atMostOne } from '../live/operands.ts';
import { terminalOf } from '../terminal.ts';
import { treeData, treeText } from './views.ts';

export const tree: Command = {
  options: { ...CLUSTER_OPTIONS, compact: { type: 'boolean' }, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway tree [OBJECT] [--compact] [-o json]

Shows what hangs on what in a cluster: below each Kustomization what it applied, Kustomizations and HelmReleases with
theirs in turn, and how each object fares by the rules of kstatus. Without OBJECT it begins with all that no other
Kustomization applies.

OBJECT is KIND/NAMESPACE/NAME or KIND/NAME of a Kustomization or HelmRelease; ks and hr are kinds too.

  --compact          shows Flux's objects alone
${CLUSTER_HELP}
Ends with 0 if all objects that are shown are well, 1 if one is not.

Examples:
  slipway tree
  slipway tree ks/flux-system/cluster --compact
`,
  async run(args, io): Promise<Status> {
    const operand = atMostOne(args, 'tree', 'slipway tree ks/flux-system/cluster');
    const asJson = isJson(args.options.output);
    return withCluster(args, io, async (client) => {
      const objects = await surveyCluster(client);
      const roots = operand === undefined ? rootsOf(objects) : selectFluxObjects(objects, parseQuery(operand));
      const nodes = await treesOf(client, roots, objects, args.options.compact === true);
      io.stdout.write(asJson ? `${JSON.stringify(nodes.map(treeData), null, 2)}\n` : treeText(nodes, terminalOf(io)));
      return nodes.every(isWell) ? 0 : 1;
    });
  },
};

async function treesOf(
  client: KubeClient,
  roots: readonly FluxObject[],
  objects: readonly FluxObject[],
  isCompact: boolean,
): Promise<readonly ObjectNode[]> {
  const now = Date.now();
  const build = (live: LiveInventory): readonly ObjectNode[] =>
    roots.map((root) => objectTree(root, objects, live, now));
  const bare = build(new Map());
  if (isCompact) return bare.map(compact);
  const others = bare.flatMap(identitiesOf).filter((identity) => !isFlux(identity));
  return build(await readInventory(client, others));
}

function compact(node: ObjectNode): ObjectNode {
  return { ...node, children: node.children.filter(({ identity }) => isFlux(identity)).map(compact) };
}

/** flux tree --compact. */
function isFlux({ group }: ObjectIdentity): boolean {
  return group.endsWith('.toolkit.fluxcd.io');
}

function identitiesOf({ identity, children }: ObjectNode): readonly ObjectIdentity[] {
  return [identity, ...children.flatMap(identitiesOf)];
}

function isWell({ health, children }: ObjectNode): boolean {
  return (health === undefined || health.status === 'Current') && children.every(isWell);
}
