import { randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '../../errors.ts';
import { agentFor, connectionError, statusError } from '../http-client.ts';
import { tooLarge } from '../too-large.ts';
import type { HttpCredentials } from './credentials.ts';

/**
 * A way for git to reach one repository over HTTP without ever holding a secret: git speaks plain HTTP to this process
 * on loopback, and this process adds the credentials, speaks TLS, goes through the proxy, follows redirects, and counts
 * the bytes. So no credential is in an argument, an environment or a file, and each failure is known by its cause
 * instead of by git's words.
 */
export interface Relay {
  /** The URL that git uses for the repository. */
  readonly url: string;
  /** Lines of git's configuration, for a file that only this user can read. */
  readonly config: readonly string[];
  /** Why git could not get what it asked for. */
  readonly failure: () => SlipwayError | undefined;
  readonly close: () => Promise<void> | void;
}

export interface HttpRelayOptions {
  readonly url: URL;
  readonly credentials: HttpCredentials;
  readonly proxyEnvironment: Record<string, string>;
  /** What the repository may send in all. */
  readonly maxBytes: number;
}

/** What a request must bear, so that nobody else on this machine can use the relay. */
const KEY_HEADER = 'slipway-relay-key';
const MAX_REDIRECTS = 5;
/** Of one connection, not of names: hop-by-hop (RFC 9110, 7.6.1), and those that are made anew. */
const NOT_FORWARDED = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'host', 'authorization', 'cookie', 'expect', KEY_HEADER],
]);
const NOT_RETURNED = new Set([...NOT_FORWARDED, 'www-authenticate', 'set-cookie', 'location', 'alt-svc']);

interface RelayState {
  readonly options: HttpRelayOptions;
  readonly key: Buffer;
  readonly agents: Map<string, http.Agent>;
  /** Where the repository is: moved by a redirect of its first request, as git itself does it. */
  base: URL;
  received: number;
  failure: SlipwayError | undefined;
}

export async function openHttpRelay(options: HttpRelayOptions): Promise<Relay> {
  const key = randomBytes(32).toString('hex');
  const state: RelayState = {
    options,
    key: Buffer.from(key),
    agents: new Map(),
    base: withoutUser(options.url),
    received: 0,
    failure: undefined,
  };
  agentOf(state, state.base);
  const server = http.createServer((request, response) => {
    relay(state, request, response).catch((error: unknown) => {
      state.failure ??= connectionError(error, state.base.host);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/r`,
    config: ['[protocol "http"]', 'allow = always', '[http]', `extraHeader = ${KEY_HEADER}: ${key}`],
    failure: () => state.failure,
    close: () => {
      server.close();
      server.closeAllConnections();
      for (const agent of state.agents.values()) agent.destroy();
    },
  };
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  bare.search = '';
  bare.pathname = bare.pathname.replace(/\/+$/, '');
  return bare;
}

async function relay(state: RelayState, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (!bearsKey(request, state.key) || !path.startsWith('/r/')) {
    response.writeHead(404).end();
    return;
  }
  const suffix = path.slice(2);
  const isFirst = request.method === 'GET' && suffix.startsWith('/info/refs');
  let answer = await send(state, upstreamUrl(state, suffix), request);
  for (let count = 0; isFirst && isRedirect(answer.statusCode); count += 1) {
    answer.resume();
    if (count === MAX_REDIRECTS) throw redirectError(state.base, 'it redirects too often');
    state.base = redirectedBase(state.base, suffix, answer.headers.location);
    answer = await send(state, upstreamUrl(state, suffix), request);
  }
  // A login page with status 200 would be an empty repository to git.
  if (isFirst && answer.statusCode === 200 && /^text\/html\b/.test(answer.headers['content-type'] ?? '')) {
    answer.destroy();
    throw notARepository(state.base);
  }
  const status = answer.statusCode ?? 502;
  // A server without the smart protocol lacks files that git asks for; it says so by 404, and only the first one matters.
  if (status >= 300 && (isFirst || status !== 404)) state.failure ??= statusError(status, state.base);
  response.writeHead(status === 401 ? 403 : status, headersWithout(answer.headers, NOT_RETURNED));
  await pipeline(answer, counted(state), response);
}

function bearsKey(request: http.IncomingMessage, key: Buffer): boolean {
  const given = Buffer.from(String(request.headers[KEY_HEADER] ?? ''));
  return given.length === key.length && timingSafeEqual(given, key);
}

function upstreamUrl(state: RelayState, suffix: string): URL {
  const url = new URL(`${state.base.origin}${state.base.pathname}${suffix}`);
  if (url.pathname.startsWith(`${state.base.pathname}/`)) return url;
  throw new SlipwayError({ code: 'sources/git-failed', message: 'git asked for a path outside of its repository.' });
}

async function send(state: RelayState, url: URL, request: http.IncomingMessage): Promise<http.IncomingMessage> {
  const headers = headersWithout(request.headers, NOT_FORWARDED);
  const { authorization } = state.options.credentials;
  // Credentials are of one host: whoever it redirects to gets none.
  if (authorization !== undefined && mayHaveCredentials(state.options.url, url)) headers.authorization = authorization;
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const upstream = client.request(url, { method: request.method, headers, agent: agentOf(state, url) });
    upstream.once('response', resolve);
    upstream.once('error', (error) => {
      reject(connectionError(error, url.host));
    });
    if (request.method === 'POST') pipeline(request as Readable, upstream).catch(reject);
    else upstream.end();
  });
}

function mayHaveCredentials(original: URL, url: URL): boolean {
  if (original.host === url.host && original.protocol === url.protocol) return true;
  const isUpgrade = original.protocol === 'http:' && url.protocol === 'https:';
  return isUpgrade && original.hostname === url.hostname && original.port === '' && url.port === '';
}

function agentOf(state: RelayState, url: URL): http.Agent {
  const known = state.agents.get(url.origin);
  if (known !== undefined) return known;
  const { credentials, url: original, proxyEnvironment } = state.options;
  const { certificateAuthority } = credentials;
  const material = mayHaveCredentials(original, url) ? credentials : { certificateAuthority };
  const agent = agentFor(url.protocol, material, proxyEnvironment);
  state.agents.set(url.origin, agent);
  return agent;
}

function isRedirect(status: number | undefined): boolean {
  return [301, 302, 303, 307, 308].includes(status ?? 0);
}

function redirectedBase(base: URL, suffix: string, location: string | undefined): URL {
  const [path = ''] = suffix.split('?');
  if (location === undefined || !URL.canParse(location, base.href)) throw redirectError(base, 'it redirects to no URL');
  const target = new URL(location, base);
  const isAllowed = target.protocol === 'https:' || (target.protocol === 'http:' && base.protocol === 'http:');
  if (!isAllowed) throw redirectError(base, `it redirects to ${target.protocol.slice(0, -1)}`);
  if (!target.pathname.endsWith(path))
    throw redirectError(base, `it redirects to ${target.host}, which is no repository`);
  target.pathname = target.pathname.slice(0, -path.length);
  return withoutUser(target);
}

function redirectError(base: URL, why: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/redirect-refused',
    message: `${base.host} is not followed: ${why}.`,
    remedy: 'Write the URL that the repository has now into spec.url.',
    exitStatus: 3,
  });
}

function notARepository(url: URL): SlipwayError {
  return new SlipwayError({
    code: 'sources/not-a-repository',
    message: `${url.host} answers with a web page at ${url.pathname}, where a git repository should be.`,
    remedy: 'Check the URL; a page to log in is often what is there instead.',
    exitStatus: 3,
  });
}

function headersWithout(
  headers: http.IncomingHttpHeaders,
  left: ReadonlySet<string>,
): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
  return Object.fromEntries(kept.filter(([name]) => !left.has(name)));
}

function counted(state: RelayState): Transform {
  const { maxBytes } = state.options;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      state.received += chunk.length;
      if (state.received <= maxBytes) {
        done(null, chunk);
        return;
      }
      state.failure ??= tooLarge('What the repository sends', maxBytes);
      done(state.failure);
    },
  });
}
