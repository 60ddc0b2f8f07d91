import { Agent, type ClientRequestArgs, request as requestHttp1 } from 'node:http';
import type { Socket } from 'node:net';
import {
  abortError,
  copyLists,
  type HttpRequest,
  type HttpResponse,
  pathBelow,
  timeoutError,
  type Transport,
} from './http.ts';

/** Sockets of HTTP/1.1 that are kept for requests that come and go. */
const SOCKETS = 32;

/** A connection for each request that is under way. */
export function createHttp1(server: URL, connect: () => Promise<Socket>): Transport {
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

/** Node's client gives no length to what a DELETE says, and the server would take that for another request. */
function lengthOf(body: string | undefined) {
  return body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
}

function sendHttp1(agent: Agent, server: URL, request: HttpRequest): Promise<HttpResponse> {
  const { signal } = request;
  const sent = requestHttp1({
    agent,
    protocol: 'http:',
    host: server.host,
    method: request.method,
    path: pathBelow(server, request.path),
    headers: { host: server.host, ...lengthOf(request.body), ...copyLists(request.headers) },
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
