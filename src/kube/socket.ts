import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, getCACertificates, type TLSSocket } from 'node:tls';
import { SlipwayError, systemCode } from '../errors.ts';
import type { ClientCertificate, ClusterAccess } from './access.ts';

/** client-go: rest.tlsTransportCache has a dialer of 30 s and a handshake of 10 s; here both together. */
const CONNECT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;

/**
 * A connection to the API server, through the proxy where there is one, with TLS where its URL says so.
 *
 * @throws {SlipwayError} `kube/unreachable`, `kube/certificate`, `kube/proxy` (status 3).
 */
export async function connectSocket(
  access: ClusterAccess,
  clientCertificate: ClientCertificate | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Socket> {
  const server = new URL(access.server);
  const isTls = server.protocol === 'https:';
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const port = Number(server.port === '' ? (isTls ? 443 : 80) : server.port);
  const proxy = proxyOf(access, host, env);
  try {
    const tcp = proxy === undefined ? connectTcp({ host, port, noDelay: true }) : await tunnel(proxy, host, port);
    tcp.setKeepAlive(true, KEEP_ALIVE_MS);
    if (!isTls) return await connected(tcp, proxy === undefined ? 'connect' : undefined);
    return await connected(secure(tcp, host, access, clientCertificate), 'secureConnect');
  } catch (cause) {
    throw explain(cause, access, proxy);
  }
}

function secure(
  socket: Socket,
  host: string,
  access: ClusterAccess,
  clientCertificate: ClientCertificate | undefined,
): TLSSocket {
  const name = access.tlsServerName ?? host;
  return connectTls({
    socket,
    // RFC 6066, 3: an address is no server name. What the certificate must hold is given as the host.
    host: name,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ca: access.certificateAuthority ?? trusted(),
    cert: clientCertificate?.certificate,
    key: clientCertificate?.key,
    rejectUnauthorized: !access.insecure,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
}

/** What Node trusts and what this system does, as kubectl goes by the latter. */
let trustedCertificates: readonly string[] | undefined;
function trusted(): string[] {
  trustedCertificates ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return [...trustedCertificates];
}

async function connected<Connection extends Socket>(
  socket: Connection,
  event: string | undefined,
): Promise<Connection> {
  if (event === undefined) return socket;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT' }));
    }, CONNECT_MS);
    const settle = (then: () => void) => {
      clearTimeout(timer);
      socket.off('error', fail);
      then();
    };
    const fail = (error: Error) => {
      settle(() => {
        reject(error);
      });
    };
    socket.once('error', fail);
    socket.once(event, () => {
      settle(resolve);
    });
  });
  return socket;
}

/** The proxy of the kubeconfig, else that of the environment, as Go's http.ProxyFromEnvironment has it. */
function proxyOf(access: ClusterAccess, host: string, env: NodeJS.ProcessEnv): URL | undefined {
  const named = access.proxyUrl ?? proxyOfEnvironment(new URL(access.server).protocol, host, env);
  if (named === undefined) return undefined;
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new SlipwayError({
    code: 'kube/proxy',
    message: `The API server is to be reached through the proxy ${url === undefined ? 'that is no URL' : `of ${url.protocol}//`}; only http:// and https:// are known here.`,
    remedy: 'Set proxy-url of the cluster in the kubeconfig to an HTTP proxy.',
    exitStatus: 3,
  });
}

function proxyOfEnvironment(protocol: string, host: string, env: NodeJS.ProcessEnv): string | undefined {
  if (host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)) return undefined;
  const proxy = protocol === 'https:' ? (env.HTTPS_PROXY ?? env.https_proxy) : (env.HTTP_PROXY ?? env.http_proxy);
  if (proxy === undefined || proxy === '') return undefined;
  const exceptions = (env.NO_PROXY ?? env.no_proxy ?? '').split(',').map((part) => part.trim().replace(/^\*?\./, ''));
  const isException = exceptions.some(
    (part) => part === '*' || (part !== '' && (host === part || host.endsWith(`.${part}`))),
  );
  return isException ? undefined : proxy;
}

/** RFC 9110, 9.3.6: CONNECT. */
async function tunnel(proxy: URL, host: string, port: number): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const asked = (proxy.protocol === 'https:' ? requestTls : request)({
    host: proxy.hostname,
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: authority,
    agent: false,
    timeout: CONNECT_MS,
    headers: {
      host: authority,
      ...(proxy.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }),
    },
  });
  return new Promise((resolve, reject) => {
    asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`The proxy answered ${statusCode} to CONNECT ${authority}.`));
    });
    asked.once('timeout', () => asked.destroy(new Error('The proxy took too long.')));
    asked.once('error', reject);
    asked.end();
  });
}

/** OpenSSL's and Node's names for a certificate that does not do. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;

function explain(cause: unknown, access: ClusterAccess, proxy: URL | undefined): SlipwayError {
  if (cause instanceof SlipwayError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = systemCode(cause) ?? '';
  if (CERTIFICATE.test(code)) {
    return new SlipwayError({
      code: 'kube/certificate',
      message: `The certificate of ${access.server} does not do: ${reason}.`,
      remedy: 'Put the authority that signed it into certificate-authority of the cluster in the kubeconfig.',
      exitStatus: 3,
      cause,
    });
  }
  return new SlipwayError({
    code: 'kube/unreachable',
    message:
      `The API server ${access.server} of context ${access.context} cannot be reached` +
      `${proxy === undefined ? '' : ` through ${proxy.origin}`}: ${reason === '' ? code : reason}`,
    remedy: 'Look whether it runs, and whether this is the context that you mean.',
    exitStatus: 3,
    cause,
  });
}
