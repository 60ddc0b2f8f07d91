import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { SlipwayError, systemCode } from '../errors.ts';
import { isObject, parseJson } from '../manifest/index.ts';
import type { ClientCertificate, ClusterAccess, ExecPlugin } from './access.ts';

/** What an exec plugin gave. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
  /** Milliseconds since 1970. Default: until the server refuses it. */
  readonly expires: number | undefined;
}

/** How long a plugin may take: it may ask a person for a second factor. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Runs an exec plugin (client-go: plugin/pkg/client/auth/exec). What it writes on standard error is shown to the user.
 *
 * @throws {SlipwayError} `kube/exec-plugin` (status 3).
 */
export async function runExecPlugin(plugin: ExecPlugin, access: ClusterAccess): Promise<ExecCredential> {
  const interactive = plugin.interactive !== 'Never' && isatty(0);
  if (plugin.interactive === 'Always' && !interactive) throw failure(plugin, 'has to ask, and there is no terminal.');
  const child = spawn(plugin.command, plugin.args, {
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: execInfo(plugin, access, interactive) },
  });
  const late = setTimeout(() => child.kill(), TIMEOUT_MS).unref();
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      const missing = systemCode(cause) === 'ENOENT';
      reject(failure(plugin, missing ? 'is not on this machine.' : 'could not be run.', cause, plugin.installHint));
    });
    child.once('close', resolve);
  }).finally(() => {
    clearTimeout(late);
  });
  if (status !== 0) throw failure(plugin, status === null ? 'was ended.' : `ended with ${status}.`);
  return parse(Buffer.concat(chunks).toString('utf8'), plugin);
}

function execInfo(plugin: ExecPlugin, access: ClusterAccess, interactive: boolean): string {
  const cluster = {
    server: access.server,
    ...(access.tlsServerName === undefined ? {} : { 'tls-server-name': access.tlsServerName }),
    ...(access.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(access.certificateAuthority === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(access.certificateAuthority).toString('base64') }),
    ...(access.proxyUrl === undefined ? {} : { 'proxy-url': access.proxyUrl }),
    config: plugin.config ?? null,
  };
  const spec = { interactive, ...(plugin.provideClusterInfo ? { cluster } : {}) };
  return JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec });
}

function parse(output: string, plugin: ExecPlugin): ExecCredential {
  // No cause is kept: the output may hold the credential.
  const value = parseJson(output);
  if (!isObject(value) || value.kind !== 'ExecCredential' || !isObject(value.status)) {
    throw failure(plugin, 'printed no ExecCredential with a status.');
  }
  if (value.apiVersion !== plugin.apiVersion) {
    throw failure(plugin, `is configured for ${plugin.apiVersion} and printed another version.`);
  }
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp: expires } = value.status;
  const hasPair = typeof certificate === 'string' && typeof key === 'string';
  if (typeof token !== 'string' && !hasPair)
    throw failure(plugin, 'printed neither a token nor a certificate with its key.');
  return {
    token: typeof token === 'string' ? token : undefined,
    clientCertificate: hasPair ? { certificate, key } : undefined,
    expires: typeof expires === 'string' ? Date.parse(expires) : undefined,
  };
}

function failure(plugin: ExecPlugin, problem: string, cause?: unknown, remedy?: string): SlipwayError {
  return new SlipwayError({
    code: 'kube/exec-plugin',
    message: `${plugin.command}, which the kubeconfig names for credentials, ${problem}`,
    remedy: remedy ?? 'Run a kubectl command, which runs the same program.',
    exitStatus: 3,
    cause,
  });
}
