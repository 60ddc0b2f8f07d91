import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { getObject, isApiError, type KubeClient } from '../kube/index.ts';

/** What is kept on this machine of one cluster. */
export interface ClusterFolders {
  /** The audit log; not to be lost. */
  readonly auditLog: string;
  /** What sources held; may be deleted when nothing runs. */
  readonly artifacts: string;
}

/**
 * Where things of a cluster are kept (XDG Base Directory Specification). Clusters are told apart by the uid of the
 * namespace kube-system, as is usual; where that may not be read, by the URL of the API server.
 */
export async function clusterFolders(client: KubeClient, env: NodeJS.ProcessEnv): Promise<ClusterFolders> {
  const name = path.join('slipway', 'clusters', await clusterName(client));
  return {
    auditLog: path.join(xdgFolder(env, 'XDG_STATE_HOME', '.local/state'), name, 'audit.log'),
    artifacts: path.join(xdgFolder(env, 'XDG_CACHE_HOME', '.cache'), name, 'artifacts'),
  };
}

async function clusterName(client: KubeClient): Promise<string> {
  try {
    const namespace = await getObject(client, { group: '', kind: 'Namespace', namespace: '', name: 'kube-system' });
    if (namespace !== undefined) return namespace.metadata.uid;
  } catch (error) {
    if (!isApiError(error, 'kube/forbidden')) throw error;
  }
  return createHash('sha256').update(client.access.server).digest('hex').slice(0, 32);
}

function xdgFolder(env: NodeJS.ProcessEnv, variable: string, fallback: string): string {
  const given = env[variable] ?? '';
  return path.isAbsolute(given) ? given : path.join(env.HOME ?? os.homedir(), fallback);
}
