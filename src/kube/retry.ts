import { systemCode } from '../errors.ts';
import type { ApiError } from './api-error.ts';
import { wasNotProcessed } from './http2.ts';

/** client-go: rest.Request makes up to ten tries where the server says when to come again. */
const TRIES_ASKED_FOR = 10;
/** Where there was no answer, or one of a gateway that had none. */
const TRIES = 5;
const FIRST_DELAY_MS = 100;
/** A server that wants to be left alone for longer is told to the user instead. */
const LONGEST_DELAY_MS = 60_000;

const CONNECTION_LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Milliseconds until a request that got no answer is made again; undefined where it is not to be. */
export function delayAfterLoss(error: unknown, isIdempotent: boolean, tries: number): number | undefined {
  if (tries >= TRIES) return undefined;
  const isLost = CONNECTION_LOST.has(systemCode(error) ?? '');
  return wasNotProcessed(error) || (isLost && isIdempotent) ? backOff(tries) : undefined;
}

/** Milliseconds until a refused request is made again; undefined where it is not to be. */
export function delayAfterRefusal(refused: ApiError, isIdempotent: boolean, tries: number): number | undefined {
  const { status, retryAfterMs } = refused;
  const isOverload = status === 429 || status >= 500;
  if (isOverload && retryAfterMs !== undefined) {
    return tries < TRIES_ASKED_FOR && retryAfterMs <= LONGEST_DELAY_MS ? retryAfterMs : undefined;
  }
  const isOfGateway = status === 502 || status === 503 || status === 504;
  // A 429 did nothing, so it may always be made again.
  if (tries >= TRIES || !(status === 429 || (isOfGateway && isIdempotent))) return undefined;
  return backOff(tries);
}

/** RFC 9110, 10.2.3: seconds or a date. */
export function parseRetryAfter(value: string | readonly string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function backOff(tries: number): number {
  return FIRST_DELAY_MS * 2 ** (tries - 1) * (1 + Math.random() / 2);
}
