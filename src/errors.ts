/**
 * What went wrong, in the shape in which every command and every construct says it:
 * a stable code, a place, one sentence, a remedy, and the cause.
 */

/** Where something is. Every part is optional; what is known is shown. */
export interface Place {
  /** Path of the file, relative to the repository's root where there is one. */
  readonly file?: string | undefined;
  /** Line, counted from 1. */
  readonly line?: number | undefined;
  /** Column, counted from 1. */
  readonly column?: number | undefined;
  /** The Kubernetes object, as `Kind/namespace/name`, or `Kind/name` where it has no namespace. */
  readonly object?: string | undefined;
  /** The line of TypeScript that made it, as `file:line:column`. */
  readonly source?: string | undefined;
  /** The lines that called for it, in the same form, innermost first: where `source` is in a helper. */
  readonly callers?: readonly string[] | undefined;
}

/**
 * The exit status that an error leads to: 1, the answer is no (differences, failed checks, not ready);
 * 2, wrong use; 3, it could not be found out (network, cluster, disk).
 */
export type ExitStatus = 1 | 2 | 3;

export interface SlipwayErrorOptions {
  /** Stable, `area/what-is-wrong`, for example `tree/hand-edited`: scripts and documentation refer to it. */
  readonly code: string;
  /** One sentence that says what is wrong, without a secret in it. */
  readonly message: string;
  /** What to do about it, one sentence, with the exact command where there is one. */
  readonly remedy?: string | undefined;
  readonly place?: Place | undefined;
  /** Default: 1. */
  readonly exitStatus?: ExitStatus | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

export class SlipwayError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;
  readonly place: Place;
  readonly exitStatus: ExitStatus;

  static {
    this.prototype.name = 'SlipwayError';
  }

  constructor(options: SlipwayErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.remedy = options.remedy;
    this.place = options.place ?? {};
    this.exitStatus = options.exitStatus ?? 1;
  }
}

/** Several errors found in one go; its exit status is the gravest of theirs. */
export class SlipwayErrors extends Error {
  readonly errors: readonly SlipwayError[];

  static {
    this.prototype.name = 'SlipwayErrors';
  }

  constructor(errors: readonly SlipwayError[]) {
    super(errors.map((error) => formatError(error)).join('\n'));
    this.errors = errors;
  }

  get exitStatus(): ExitStatus {
    return this.errors.reduce<ExitStatus>((worst, error) => (error.exitStatus > worst ? error.exitStatus : worst), 1);
  }
}

/** `file:line:column`, with as many of the three as are known. */
export function formatPosition(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/**
 * An error, or what is worth a warning, as a person reads it, without colour:
 *
 * ```text
 * error tree/hand-edited kubernetes/apps/ai-ml/milvus/ks.yaml:3:1 Kustomization/flux-system/milvus
 *   The file was edited by hand since it was last written.
 *   from cluster/ai-ml.ts:20:3, called from main.ts:14:1
 *   Take the edit into TypeScript, or …
 * ```
 */
export function formatError(error: SlipwayError, severity: 'error' | 'warning' = 'error'): string {
  const head = [severity, error.code, formatPosition(error.place), error.place.object].filter(Boolean).join(' ');
  const lines = [head, `  ${error.message.replaceAll('\n', '\n  ')}`];
  const { source, callers = [] } = error.place;
  if (source !== undefined) lines.push(`  from ${[source, callers.join(', ')].filter(Boolean).join(', called from ')}`);
  if (error.remedy !== undefined) lines.push(`  ${error.remedy.replaceAll('\n', '\n  ')}`);
  return lines.join('\n');
}

/** The code of an error of the operating system, such as `ENOENT`; `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  // By shape, since Node's own modules make their errors in another realm than a program in a `vm` context.
  if (typeof error !== 'object' || error === null || error instanceof SlipwayError || !('code' in error))
    return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
