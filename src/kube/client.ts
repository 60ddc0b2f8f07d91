import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../errors.ts';
import { isObject, type JsonObject, parseJson } from '../manifest/index.ts';
import { ApiError, isApiError, type RefusedRequest } from './api-error.ts';
import { readText, unzipped } from './body.ts';
import { type Credential, credentialsOf } from './credentials.ts';
import { createDiscovery, type Discovery } from './discovery.ts';
import { impersonationHeaders } from './impersonate.ts';
import type { ClientCertificate, ClusterAccess } from './access.ts';
import { createLimiter } from './limiter.ts';
import { delayAfterLoss, delayAfterRefusal, parseRetryAfter } from './retry.ts';
import { connectSocket } from './socket.ts';
import type { Headers, HttpResponse, Transport } from './http.ts';
import { createTransport } from './transport.ts';

/** A cluster as whoever may use it. All functions of this folder take one. */
export interface KubeClient {
  readonly access: ClusterAccess;
  readonly discovery: Discovery;
  /** @throws {ApiError} where it is refused; {@link SlipwayError} `kube/…` where there is no answer. */
  readonly request: (request: ApiRequest) => Promise<ApiResponse>;
  /** The same, whose answer comes bit by bit, for as long as it takes. */
  readonly stream: (request: ApiRequest) => Promise<Readable>;
  /** Ends its connections, and so those of clients that impersonate by it. */
  readonly close: () => void;
}

export interface ApiRequest extends RefusedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
  readonly headers?: Headers;
  readonly signal?: AbortSignal | undefined;
  /** Whether making it twice does what making it once does. Default: all but POST. */
  readonly isIdempotent?: boolean;
  /** How long nothing may come before it counts as failed. Default: 60 s. */
  readonly idleMs?: number;
}

export interface ApiResponse {
  /** 200, 201, 202, or 304 where that was asked for. */
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** `{}` where the answer is empty. */
  readonly body: JsonObject;
}

export interface ClientOptions {
  /** For proxies. Default: that of the process. */
  readonly env?: NodeJS.ProcessEnv;
  /** How the API server's logs and audit name this program. Default: `slipway`. */
  readonly userAgent?: string;
  /** Requests under way at once; more wait for their turn. Default: 64. */
  readonly concurrency?: number;
}

const CONCURRENCY = 64;
/** The API server ends a request itself after this (`--request-timeout`). */
const IDLE_MS = 60_000;
/** Of an answer that refuses, in characters. */
const ERROR_LIMIT = 1024 * 1024;

/** A client for a cluster. Nothing is connected before the first request. */
export function createClient(access: ClusterAccess, options: ClientOptions = {}): KubeClient {
  const { env = process.env, userAgent = 'slipway', concurrency = CONCURRENCY } = options;
  const credentials = credentialsOf(access);
  const limit = createLimiter(concurrency);
  const own: Headers = {
    'user-agent': userAgent,
    ...(isLoopback(access.server) ? {} : { 'accept-encoding': 'gzip' }),
    ...(access.impersonate === undefined ? {} : impersonationHeaders(access.impersonate)),
  };
  const transport = transportsOf(access, env);

  /** @param turn waits for a place among those under way; nobody holds one while a server wants to be left alone */
  const perform = async <Result>(
    request: ApiRequest,
    stays: boolean,
    turn: (send: () => Promise<Result>) => Promise<Result>,
    read: (response: HttpResponse) => Result | Promise<Result>,
  ): Promise<Result> => {
    const isIdempotent = request.isIdempotent ?? request.method !== 'POST';
    let isRenewed = false;
    for (let tries = 1; ; tries++) {
      const credential = await credentials.current();
      let delay: number | undefined;
      try {
        return await turn(async () => {
          const response = await transport.for(credential.clientCertificate).send({
            method: request.method,
            path: request.path,
            headers: { ...own, ...authorizationOf(credential), ...request.headers },
            body: request.body,
            signal: request.signal,
            idleMs: request.idleMs ?? IDLE_MS,
            stays,
          });
          if (response.status < 400) return read(response);
          throw await refusalOf(response, request);
        });
      } catch (error) {
        request.signal?.throwIfAborted();
        if (isApiError(error)) {
          if (error.status === 401 && !isRenewed && credentials.refuse(credential)) {
            isRenewed = true;
            continue;
          }
          delay = delayAfterRefusal(error, isIdempotent, tries);
          if (delay === undefined) throw error;
        } else {
          if (error instanceof SlipwayError) throw error;
          delay = delayAfterLoss(error, isIdempotent, tries);
          if (delay === undefined) throw lostError(error, access);
        }
      }
      await sleep(delay, undefined, { signal: request.signal });
    }
  };

  const client: Omit<KubeClient, 'discovery'> = {
    access,
    request: (request) => perform(request, false, limit, (response) => readResponse(response, access)),
    stream: (request) => perform(request, true, (send) => send(), unzipped),
    close: transport.close,
  };
  return { ...client, discovery: createDiscovery(client.request) };
}

function authorizationOf({ authorization }: Credential): Headers {
  return authorization === undefined ? {} : { authorization };
}

/** One transport a client certificate: a connection is made with one, and those of a replaced one end. */
function transportsOf(access: ClusterAccess, env: NodeJS.ProcessEnv) {
  let held: { certificate: string | undefined; transport: Transport } | undefined;
  return {
    for: (clientCertificate: ClientCertificate | undefined): Transport => {
      const certificate = clientCertificate?.certificate;
      if (held !== undefined && held.certificate === certificate) return held.transport;
      held?.transport.close();
      const connect = () => connectSocket(access, clientCertificate, env);
      held = { certificate, transport: createTransport(new URL(access.server), connect) };
      return held.transport;
    },
    close: () => {
      held?.transport.close();
    },
  };
}

/** Packing costs more than it saves on one machine. */
function isLoopback(server: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(server).hostname);
}

async function readResponse(response: HttpResponse, access: ClusterAccess): Promise<ApiResponse> {
  const { status, headers } = response;
  const text = await readText(response);
  if (text === '') return { status, headers, body: {} };
  const body = parseJson(text);
  if (isObject(body)) return { status, headers, body };
  throw new SlipwayError({
    code: 'kube/no-api-server',
    message: `What answers at ${access.server} is no Kubernetes API server: it sends no JSON object.`,
    remedy: 'See whether the server of the context is right; a login page or a proxy may stand before it.',
    exitStatus: 3,
  });
}

async function refusalOf(response: HttpResponse, request: ApiRequest): Promise<ApiError> {
  const { status, headers } = response;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now());
  return new ApiError({ status, body: await readText(response, ERROR_LIMIT), retryAfterMs }, request);
}

function lostError(cause: unknown, access: ClusterAccess): SlipwayError {
  return new SlipwayError({
    code: 'kube/connection-lost',
    message: `The API server ${access.server} did not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'See whether it runs; what was asked of it may or may not have been done.',
    exitStatus: 3,
    cause,
  });
}
