import { explainCluster, type Explanation } from '../../constructs/index.ts';
import { SlipwayError } from '../errors.ts';
import { isJson, type Command, type Status } from './command.ts';
import { loadProgram } from './load-program.ts';

export const explain: Command = {
  options: { app: { type: 'string' }, output: { type: 'string', short: 'o' } },
  help: `Usage: slipway explain FILE | KIND/NAMESPACE/NAME | KIND/NAME [--app FILE] [-o json]

Shows what made an object or a file of the tree: the line of TypeScript, the construct, the file, the Kustomization
that applies it, and what that waits for. Writes nothing.

Examples:
  slipway explain kubernetes/apps/ai-ml/milvus/ks.yaml
  slipway explain HelmRelease/ai-ml/milvus
`,
  async run({ options, operands }, io): Promise<Status> {
    const [query] = operands;
    if (query === undefined || operands.length > 1) {
      throw new SlipwayError({
        code: 'cli/usage',
        message: '`slipway explain` takes one object or one file.',
        remedy: 'For example: slipway explain HelmRelease/ai-ml/milvus',
        exitStatus: 2,
      });
    }
    const asJson = isJson(options.output);
    const app = typeof options.app === 'string' ? options.app : undefined;
    const clusters = await loadProgram(io.cwd, app);
    const found = clusters.flatMap((cluster) => explainCluster(cluster, query, io.cwd));
    if (found.length === 0) {
      throw new SlipwayError({
        code: 'explain/unknown',
        message: `The program makes no object and no file '${query}'.`,
        remedy: 'Name an object as KIND/NAMESPACE/NAME, or a file by its path.',
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
