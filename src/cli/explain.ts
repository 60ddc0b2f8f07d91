import { explainCluster, type Explanation } from '../../constructs/index.ts';
import { SlipwayError } from '../errors.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS } from './cluster.ts';
import { isJson, type Command, type Status } from './command.ts';
import { loadProgram } from './load-program.ts';

export const explain: Command = {
  options: {
    ...CLUSTER_OPTIONS,
    app: { type: 'string' },
    live: { type: 'boolean' },
    dir: { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway explain FILE | KIND/NAMESPACE/NAME | KIND/NAME [--app FILE] [-o json]
       slipway explain --live KIND/NAMESPACE/NAME | KIND/NAME [--dir DIR] [-o json]

Shows what made an object or a file of the tree: the line of TypeScript, the construct, the file, the Kustomization
that applies it, and what that waits for. Writes nothing.

With --live it explains any object of the cluster: how it fares, what it is part of, what applied it, from which source,
commit and author, the file and the line of TypeScript, and why what applied it is not ready. The file is looked for in the
checkout of the cluster's repository that the command runs in, or in DIR.

${CLUSTER_HELP}
Ends with 0, or with --live with 1 if the object, or what applied it, is not well.

Examples:
  slipway explain kubernetes/apps/ai-ml/milvus/ks.yaml
  slipway explain HelmRelease/ai-ml/milvus
  slipway explain --live Pod/ai-ml/milvus-standalone-7d5f9c-abcde
`,
  async run(args, io): Promise<Status> {
    const { options, operands } = args;
    const [query] = operands;
    if (query === undefined || operands.length > 1) {
      throw new SlipwayError({
        code: 'cli/usage',
        message: '`slipway explain` takes one object or one file.',
        remedy: 'For example: slipway explain HelmRelease/ai-ml/milvus',
        exitStatus: 2,
      });
    }
    if (options.live === true) return (await import('./explain-live.ts')).explainLive(args, query, io);
    const asJson = isJson(options.output);
    const app = typeof options.app === 'string' ? options.app : undefined;
    const clusters = await loadProgram(io.cwd, app);
    const found = clusters.flatMap((cluster) => explainCluster(cluster, query, io.cwd));
    if (found.length === 0) {
      throw new SlipwayError({
        code: 'explain/unknown',
        message: `The program makes no object and no file '${query}'.`,
        remedy: 'Name an object as KIND/NAMESPACE/NAME, or a file by its path; --live looks for it in the cluster.',
      });
    }
    if (asJson) io.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else io.stdout.write(found.map(asText).join('\n'));
    return 0;
  },
};

function asText(explanation: Explanation): string {
  const { object, source, constructPath, file, kustomization, waitsFor } = explanation;
  const rows: (readonly [string, string])[] = [
    ['made by', source.length > 0 ? source.join('\n             from ') : 'the library itself'],
    ['construct', constructPath],
    ['file', file],
    ['applied by', kustomization],
    ['waits for', waitsFor.length > 0 ? waitsFor.join(', ') : 'nothing'],
  ];
  return `${object}\n${rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}\n`).join('')}`;
}
