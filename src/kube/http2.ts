import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { systemCode } from '../errors.ts';
import {
  abortError,
  connectionEnded,
  copyLists,
  type HttpRequest,
  type HttpResponse,
  pathBelow,
  timeoutError,
  type Transport,
} from './http.ts';

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

/** Many requests on one connection, as client-go has it. The first connection is there already. */
export function createHttp2(server: URL, connect: () => Promise<Socket>, first: Socket): Transport {
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
    let isAnswered = false;
    stream.once('error', reject);
    // A stream that the other side ends without an answer has no error of its own.
    stream.once('close', () => {
      if (!isAnswered) reject(connectionEnded());
    });
    stream.once('response', (headers) => {
      isAnswered = true;
      resolve({ status: Number(headers[':status']), headers, body: stream });
    });
  });
}

/** Whether the server cannot have seen the request, or says that it did nothing of it: it may be sent again. */
export function wasNotProcessed(error: unknown): boolean {
  if (systemCode(error) === 'ERR_HTTP2_GOAWAY_SESSION') return true;
  return error instanceof Error && error.message.includes('NGHTTP2_REFUSED_STREAM');
}
