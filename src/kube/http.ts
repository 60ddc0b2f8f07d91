/** One request and its answer, whichever version of HTTP carries them. */
import type { Readable } from 'node:stream';

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

/** A server's URL may have a path of its own, as those of Rancher do. */
export function pathBelow(server: URL, path: string): string {
  return server.pathname === '/' ? path : `${server.pathname}${path}`;
}

export function copyLists(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

export function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}

export function connectionEnded(): Error {
  return Object.assign(new Error('The connection ended.'), { code: 'ECONNRESET' });
}

export function timeoutError(milliseconds: number): Error {
  const message = `Nothing came from the API server for ${Math.round(milliseconds / 1000)} s.`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
