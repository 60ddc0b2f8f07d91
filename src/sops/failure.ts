/** The errors of this folder. None of them ever holds a value of a file, encrypted or not: a sentence, a place, a key's path. */
import type { ExitStatus } from '../errors.ts';
import { SlipwayError } from '../errors.ts';

/** Where in a file something is, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface FailureDetails {
  readonly file?: string | undefined;
  readonly at?: Position | undefined;
  readonly remedy?: string | undefined;
  readonly exitStatus?: ExitStatus;
  readonly cause?: unknown;
}

/** An error with the code `sops/<name>`. */
export function failure(name: string, message: string, details: FailureDetails = {}): SlipwayError {
  return new SlipwayError({
    code: `sops/${name}`,
    message,
    remedy: details.remedy,
    place: { file: details.file, line: details.at?.line, column: details.at?.column },
    exitStatus: details.exitStatus,
    cause: details.cause,
  });
}

/** Runs `work`; an error that names no file yet is given this one. */
export function inFile<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withFile(file, error);
  }
}

/** The error with this file as its place, where it is ours and names none. */
export function withFile(file: string | undefined, error: unknown): unknown {
  if (file === undefined || !(error instanceof SlipwayError) || error.place.file !== undefined) return error;
  return new SlipwayError({
    code: error.code,
    message: error.message,
    remedy: error.remedy,
    place: { ...error.place, file },
    exitStatus: error.exitStatus,
    cause: error.cause,
  });
}
