/**
 * Requests over few connections: HTTP/2, where many share one, as client-go has it; HTTP/1.1 on connections of their own
 * where the server or a proxy before it speaks no other.
 */
import { Agent, type ClientRequestArgs, request as requestHttp1 } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { systemCode } from '../errors.ts';

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long nothing may come before the request counts as failed. */
  readonly idleMs: number;
  /** A request that stays, such as a watch: it shares no connection with those that come and go. */
  readonly stays?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readable;
}

export interface Transport {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  /** Ends all connections; requests under way fail. */
  readonly close: () => void;
}

/** Makes connections: the first one shows which protocol the server speaks. */
export function createTransport(server: URL, connect: () => Promise<Socket>): Transport {
  let chosen: Promise<Transport> | undefined;
  let isClosed = false;
  const choose = async (): Promise<Transport> => {
    const first = await connect();
    const isHttp2 = 'alpnProtocol' in first && first.alpnProtocol === 'h2';
    if (!isHttp2) first.destroy();
    const transport = isHttp2 ? createHttp2(server, connect, first) : createHttp1(server, connect);
    if (isClosed) transport.close();
    return transport;
  };
  return {
    send: async (request) => {
      request.signal?.throwIfAborted();
      chosen ??= choose().catch((error: unknown) => {
        chosen = undefined;
        throw error;
      });
      return (await chosen).send(request);
    },
    close: () => {
      isClosed = true;
      void chosen?.then((transport) => {
        transport.close();
      });
    },
  };
}

/** Whether the server cannot have seen the request, or says that it did nothing of it: it may be sent again. */
export function wasNotProcessed(error: unknown): boolean {
  if (systemCode(error) === 'ERR_HTTP2_GOAWAY_SESSION') return true;
  return error instanceof Error && error.message.includes('NGHTTP2_REFUSED_STREAM');
}

/** Kubernetes allows 100 streams a connection, of which a list or two may be large. */
const STREAMS = 90;
/** Of a stream and of a connection, in bytes. Node's defaults of 64 KiB make every large list wait for the network. */
const STREAM_WINDOW = 4 * 1024 * 1024;
const CONNECTION_WINDOW = 32 * 1024 * 1024;
/** client-go: a connection on which nothing came for 30 s is asked, and given up after another 15. */
const PING_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

interface Connection {
  readonly session: ClientHttp2Session;
  readonly stays: boolean;
  streams: number;
}

function createHttp2(server: URL, connect: () => Promise<Socket>, first: Socket): Transport {
  const sessions = new Set<ClientHttp2Session>();
  const connections = new Set<Connection>();
  const opening = new Map<boolean, Promise<Connection>>();
  let spare: Socket | undefined = first;

  const open = async (stays: boolean): Promise<Connection> => {
    const taken = spare?.destroyed === false ? spare : undefined;
    spare = undefined;
    const socket = taken ?? (await connect());
    const session = connectHttp2(server.origin, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
    });
    const connection: Connection = { session, stays, streams: 0 };
    sessions.add(session);
    const stopPing = keepAsking(session);
    // Its streams tell what went wrong; an error of the connection alone is of a connection that nobody uses.
    session.on('error', () => undefined);
    session.once('close', () => {
      stopPing();
      sessions.delete(session);
      connections.delete(connection);
    });
    // The first thing that a server says is how many streams it takes (RFC 9113, 3.4).
    await new Promise<void>((resolve, reject) => {
      session.once('remoteSettings', () => {
        session.setLocalWindowSize(CONNECTION_WINDOW);
        resolve();
      });
      session.once('error', reject);
      session.once('close', () => {
        reject(connectionEnded());
      });
    });
    connections.add(connection);
    return connection;
  };

  const acquire = async (stays: boolean): Promise<Connection> => {
    for (;;) {
      for (const connection of connections) {
        const { session } = connection;
        const room = Math.min(STREAMS, session.remoteSettings.maxConcurrentStreams ?? STREAMS);
        const isOpen = !session.closed && !session.destroyed;
        if (connection.stays === stays && isOpen && connection.streams < room) {
          // Taken here, since others look before this one's request is under way.
          connection.streams++;
          return connection;
        }
      }
      const pending =
        opening.get(stays) ??
        open(stays).finally(() => {
          opening.delete(stays);
        });
      opening.set(stays, pending);
      await pending;
    }
  };

  return {
    send: async (request) => {
      const connection = await acquire(request.stays === true);
      const leave = () => {
        connection.streams--;
      };
      return sendHttp2(connection.session, server, request, leave);
    },
    close: () => {
      spare?.destroy();
      for (const session of sessions) session.destroy();
    },
  };
}

/** A connection may be gone without a word (a sleeping laptop, a forgotten translation of addresses). */
function keepAsking(session: ClientHttp2Session): () => void {
  const timer = setInterval(() => {
    if (session.closed || session.destroyed) return;
    const late = setTimeout(() => {
      session.destroy(Object.assign(new Error('The API server no longer answers.'), { code: 'ETIMEDOUT' }));
    }, PING_TIMEOUT_MS).unref();
    session.ping(() => {
      clearTimeout(late);
    });
  }, PING_MS).unref();
  return () => {
    clearInterval(timer);
  };
}

function sendHttp2(
  session: ClientHttp2Session,
  server: URL,
  request: HttpRequest,
  leave: () => void,
): Promise<HttpResponse> {
  const { signal } = request;
  let stream: ClientHttp2Stream;
  try {
    signal?.throwIfAborted();
    stream = session.request(
      { ':method': request.method, ':path': pathBelow(server, request.path), ...copyLists(request.headers) },
      { endStream: request.body === undefined },
    );
  } catch (error) {
    leave();
    throw error;
  }
  const abort = () => {
    stream.destroy(abortError(signal));
  };
  signal?.addEventListener('abort', abort, { once: true });
  stream.setTimeout(request.idleMs, () => {
    stream.destroy(timeoutError(request.idleMs));
  });
  stream.once('close', () => {
    leave();
    signal?.removeEventListener('abort', abort);
  });
  if (request.body !== undefined) stream.end(request.body);
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    // A stream that the other side ends without an answer has no error of its own.
    stream.once('close', () => {
      reject(connectionEnded());
    });
    stream.once('response', (headers) => {
      resolve({ status: Number(headers[':status']), headers, body: stream });
    });
  });
}

/** Sockets of HTTP/1.1 that are kept for requests that come and go. */
const SOCKETS = 32;

function createHttp1(server: URL, connect: () => Promise<Socket>): Transport {
  const agents = { short: agentOf(connect, SOCKETS), stays: agentOf(connect, Infinity) };
  return {
    send: (request) => sendHttp1(request.stays === true ? agents.stays : agents.short, server, request),
    close: () => {
      agents.short.destroy();
      agents.stays.destroy();
    },
  };
}

function agentOf(connect: () => Promise<Socket>, maxSockets: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets });
  // The agent counts and keeps the sockets; how one comes about is the same as for HTTP/2.
  agent.createConnection = (_options: ClientRequestArgs, done?: (error: Error | null, socket: Socket) => void) => {
    connect().then(
      (socket) => done?.(null, socket),
      (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error)), undefined as never),
    );
    return undefined;
  };
  return agent;
}

function sendHttp1(agent: Agent, server: URL, request: HttpRequest): Promise<HttpResponse> {
  const { signal } = request;
  const sent = requestHttp1({
    agent,
    protocol: 'http:',
    host: server.host,
    method: request.method,
    path: pathBelow(server, request.path),
    headers: { host: server.host, ...copyLists(request.headers) },
  });
  const abort = () => {
    sent.destroy(abortError(signal));
  };
  signal?.addEventListener('abort', abort, { once: true });
  sent.once('close', () => {
    signal?.removeEventListener('abort', abort);
  });
  sent.setTimeout(request.idleMs, () => {
    sent.destroy(timeoutError(request.idleMs));
  });
  sent.end(request.body);
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.once('response', (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
    });
  });
}

/** A server's URL may have a path of its own, as those of Rancher do. */
function pathBelow(server: URL, path: string): string {
  return server.pathname === '/' ? path : `${server.pathname}${path}`;
}

function copyLists(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}

function connectionEnded(): Error {
  return Object.assign(new Error('The connection ended.'), { code: 'ECONNRESET' });
}

function timeoutError(milliseconds: number): Error {
  const message = `Nothing came from the API server for ${Math.round(milliseconds / 1000)} s.`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
