import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { SlipwayError, systemCode } from '../errors.ts';
import { invalidSecret, type SecretData, secretText } from './secret.ts';
import { tooLarge } from './too-large.ts';

/** PEM texts of a TLS connection; nothing of it is ever on a disk. */
export interface TlsMaterial {
  /** Trusted beside the authorities of the system and of Node. */
  readonly certificateAuthority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/**
 * The proxy of a Secret (`address`, and `username` with `password`), as the variables that Node takes; without a Secret
 * those of this process, as Go does.
 *
 * @throws SlipwayError `sources/secret-invalid`, `sources/proxy-unsupported`.
 */
export function proxyEnvironment(secret: SecretData | undefined): Record<string, string> {
  if (secret === undefined) {
    const own = PROXY_VARIABLES.map((name) => [name, process.env[name]] as const);
    return Object.fromEntries(own.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
  const address = secretText(secret, 'address');
  if (address === undefined || !URL.canParse(address)) {
    throw invalidSecret("The proxy's Secret has no URL under 'address'.", 'Write it as http://host:port.');
  }
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SlipwayError({
      code: 'sources/proxy-unsupported',
      message: `A proxy of the scheme ${url.protocol.slice(0, -1)} is not supported.`,
      remedy: 'Use an http or https proxy, or hand the source over to Flux.',
    });
  }
  // Assigning percent-encodes what needs it.
  url.username = secretText(secret, 'username') ?? url.username;
  url.password = secretText(secret, 'password') ?? url.password;
  return { HTTP_PROXY: url.href, HTTPS_PROXY: url.href };
}

/** Connections for one fetch, to be destroyed after it. */
export function agentFor(scheme: string, material: TlsMaterial, proxyEnv: Record<string, string>): http.Agent {
  if (scheme === 'http:') return new http.Agent({ keepAlive: true, proxyEnv });
  const { certificateAuthority, certificate, certificateKey } = material;
  try {
    const ca = [...trustedAuthorities(), ...(certificateAuthority === undefined ? [] : [certificateAuthority])];
    // Parsed here, so that bad material is told from a failing connection.
    tls.createSecureContext({ ca: certificateAuthority, cert: certificate, key: certificateKey });
    return new https.Agent({ keepAlive: true, proxyEnv, ca, cert: certificate, key: certificateKey });
  } catch (cause) {
    throw invalidSecret(
      'The certificates or the key of the Secret cannot be read, or do not belong together.',
      "Write 'ca.crt', 'tls.crt' and 'tls.key' as PEM, the key without a passphrase.",
      cause,
    );
  }
}

let authorities: readonly string[] | undefined;

function trustedAuthorities(): readonly string[] {
  authorities ??= [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
  return authorities;
}

/** What a failed connection means, told by the error's code. `host` is shown. */
export function connectionError(error: unknown, host: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const code = systemCode(error) ?? '';
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'ERR_PROXY_TUNNEL') {
    return new SlipwayError({
      code: 'sources/proxy-failed',
      message: `The proxy did not connect to ${host}: ${detail}.`,
      remedy: "Check the proxy's address and credentials.",
      exitStatus: 3,
      cause: error,
    });
  }
  if (/CERT|SSL|TLS|ISSUER|SIGNATURE|SIGNED|EPROTO|CRL/.test(code)) {
    return new SlipwayError({
      code: 'sources/tls-failed',
      message: `The connection to ${host} is not trusted: ${detail} (${code}).`,
      remedy: "Put the server's certificate authority into the Secret under 'ca.crt', or check the client certificate.",
      exitStatus: 3,
      cause: error,
    });
  }
  return new SlipwayError({
    code: 'sources/unreachable',
    message: `${host} cannot be reached: ${detail}.`,
    remedy: 'Check the URL, the network and the proxy.',
    exitStatus: 3,
    cause: error,
  });
}

/** What a status that is no success means. */
export function statusError(status: number, url: URL): SlipwayError {
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  if (status === 401 || status === 403) {
    return new SlipwayError({
      code: 'sources/auth-refused',
      message: `${url.host} refused the credentials (status ${status}) for ${shown}.`,
      remedy: 'Check the Secret of spec.secretRef, and the rights of its user or token.',
      exitStatus: 3,
    });
  }
  if (status === 404) {
    return new SlipwayError({
      code: 'sources/not-found',
      message: `There is nothing at ${shown} (status 404), or the credentials may not see it.`,
      remedy: 'Check the URL, and that the credentials may read it.',
      exitStatus: 3,
    });
  }
  return new SlipwayError({
    code: 'sources/server-failed',
    message: `${url.host} answered with status ${status} for ${shown}.`,
    remedy: 'Try again later; it is the server that failed.',
    exitStatus: 3,
  });
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

/** Sends a request without a body. What comes back is answered, whatever its status. */
export async function sendRequest(
  url: URL,
  { method, headers, agent, signal }: HttpRequest,
): Promise<http.IncomingMessage> {
  const client = url.protocol === 'https:' ? https : http;
  try {
    return await new Promise<http.IncomingMessage>((resolve, reject) => {
      const options = { method, headers: { 'user-agent': 'slipway', ...headers }, agent, signal };
      client.request(url, options, resolve).once('error', reject).end();
    });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(error, url.host);
  }
}

/** The body of an answer, whole. */
export async function readBody(answer: http.IncomingMessage, what: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(what, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
