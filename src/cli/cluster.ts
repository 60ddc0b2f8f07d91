/** The cluster that a command is about: which one, whether it is the one that is meant, and what one may do there. */
import { createInterface } from 'node:readline/promises';
import { formatError, SlipwayError } from '../errors.ts';
import {
  accessWarnings,
  type ClusterAccess,
  createClient,
  formatRight,
  type KubeClient,
  loadAccess,
  missingRights,
  type Right,
} from '../kube/index.ts';
import { isSandbox } from '../sandbox/index.ts';
import type { Arguments, Io } from './command.ts';

export { CHANGE_HELP, CHANGE_OPTIONS, CLUSTER_HELP, CLUSTER_OPTIONS } from './cluster-options.ts';

/**
 * Runs `work` with a client for the cluster that the options name, whose API server has answered. What of the access
 * somebody could abuse is said on standard error.
 *
 * @throws SlipwayError `kube/no-kubeconfig`, `kube/unreachable`, `kube/too-old`, `kube/unauthorized` and others, of status 3
 */
export async function withCluster<Result>(
  { options }: Arguments,
  io: Io,
  work: (client: KubeClient) => Promise<Result>,
): Promise<Result> {
  const { kubeconfig, context } = options;
  const access = loadAccess({
    env: io.env,
    kubeconfig: typeof kubeconfig === 'string' ? kubeconfig : undefined,
    context: typeof context === 'string' ? context : undefined,
  });
  for (const message of accessWarnings(access)) {
    io.stderr.write(`${formatError(new SlipwayError({ code: 'cluster/insecure', message }), 'warning')}\n`);
  }
  const client = createClient(access, { env: io.env });
  try {
    await client.discovery.list();
    return await work(client);
  } finally {
    client.close();
  }
}

/**
 * Shows which cluster is about to be changed, and asks whether it is the one that is meant: unless it is a sandbox, was
 * named on the command line, or the program runs in it.
 *
 * @param doing what is about to happen, for example `sync`
 * @throws SlipwayError `cluster/unconfirmed` (status 2) where nobody can be asked, or the answer is no
 */
export async function confirmCluster(
  { options }: Arguments,
  io: Io,
  access: ClusterAccess,
  doing: string,
): Promise<void> {
  const what = `context ${access.context} (${access.server})`;
  if (isSandbox(access) || access.context === 'in-cluster') return;
  if (options.yes === true || options.context !== undefined) {
    if (io.stderr.isTTY) io.stderr.write(`slipway ${doing} on ${what}\n`);
    return;
  }
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw unconfirmed(`slipway ${doing} would change the cluster of ${what}, and there is nobody to ask.`, access);
  }
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new AbortController();
  terminal.once('close', () => {
    ended.abort();
  });
  try {
    const question = `slipway ${doing} changes the cluster of ${what}. Is that the one? [y/N] `;
    const answer = await terminal.question(question, { signal: ended.signal }).catch(() => '');
    if (!/^y(es)?$/i.test(answer.trim())) throw unconfirmed('Nothing was done.', access);
  } finally {
    terminal.close();
  }
}

/**
 * @param doing for what the rights are needed, for example `sync`
 * @throws SlipwayError `cluster/no-rights` (status 3), which names those that are missing
 */
export async function requireRights(client: KubeClient, rights: readonly Right[], doing: string): Promise<void> {
  const missing = await missingRights(client, rights);
  if (missing.length === 0) return;
  throw new SlipwayError({
    code: 'cluster/no-rights',
    message: `slipway ${doing} may not do on context ${client.access.context} what it needs:\n${missing.map(formatRight).join('\n')}`,
    remedy: 'Let an administrator grant that, by a ClusterRole and its binding, or use another context.',
    exitStatus: 3,
  });
}

function unconfirmed(message: string, { context }: ClusterAccess): SlipwayError {
  return new SlipwayError({
    code: 'cluster/unconfirmed',
    message,
    remedy: `If it is the one that is meant, add --context ${context} or --yes.`,
    exitStatus: 2,
  });
}
