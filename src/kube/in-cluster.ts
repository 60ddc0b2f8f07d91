import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAccess } from './access.ts';

/** Where the kubelet puts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The access that a pod has by its service account (client-go: rest.InClusterConfig); undefined outside of one. */
export function inClusterAccess(env: NodeJS.ProcessEnv, folder = SERVICE_ACCOUNT): ClusterAccess | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  const tokenFile = join(folder, 'token');
  if (host === '' || port === '' || !existsSync(tokenFile)) return undefined;
  return {
    context: 'in-cluster',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: readIfThere(join(folder, 'namespace'))?.trim() ?? 'default',
    certificateAuthority: readIfThere(join(folder, 'ca.crt')),
    tlsServerName: undefined,
    insecure: false,
    proxyUrl: undefined,
    clientCertificate: undefined,
    authorization: { kind: 'token-file', file: tokenFile },
    impersonate: undefined,
  };
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
