/** A reconciliation that did not succeed, as the Ready condition of its Kustomization tells it. */
export class Failure extends Error {
  /** One of Flux's reasons, for example `BuildFailed`. */
  readonly reason: string;
  /** When it is tried again, in milliseconds; undefined waits until something changes. */
  readonly retryAfter: number | undefined;
  /** Whether only a change of the Kustomization can help. */
  readonly isTerminal: boolean;
  /** Whether it is no failure of its own: it goes on when something else is there, and nobody need be told. */
  readonly isWaiting: boolean;

  constructor(
    reason: string,
    message: string,
    how: {
      readonly retryAfter?: number;
      readonly isTerminal?: boolean;
      readonly isWaiting?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, how.cause === undefined ? undefined : { cause: how.cause });
    this.reason = reason;
    this.retryAfter = how.retryAfter;
    this.isTerminal = how.isTerminal === true;
    this.isWaiting = how.isWaiting === true;
  }
}

/** An expression that is none: only another one helps (KC: Reconcile, TerminalErrorMessage). */
export function invalidExpression(error: unknown): Failure {
  const message = `Reconciliation failed terminally due to configuration error: ${sentenceOf(error)}`;
  return new Failure('InvalidCELExpression', message, { isTerminal: true, cause: error });
}

/** The sentence of an error, with what to do about it where that is known. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
