import type { ParseArgsOptionsConfig } from 'node:util';
import { SlipwayError } from '../errors.ts';

/** What a command sees of the world outside. */
export interface Io {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The command line of a verb, parsed by its own options. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly operands: readonly string[];
}

/** 0 all well; 1 the answer is no; 2 wrong use; 3 it could not be found out. */
export type Status = 0 | 1 | 2 | 3;

/** One verb of `slipway`. */
export interface Command {
  readonly options: ParseArgsOptionsConfig;
  /** The whole text of `--help`, with an example. */
  readonly help: string;
  run(args: Arguments, io: Io): Status | Promise<Status>;
}

/** A verb in a table of verbs: a command, or a table of further verbs. */
export type Verb = CommandVerb | VerbTable;

export interface CommandVerb {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export interface VerbTable {
  readonly summary: string;
  readonly verbs: () => Promise<Verbs>;
}

export type Verbs = Readonly<Record<string, Verb>>;

/**
 * Whether `-o` asks for JSON.
 *
 * @throws SlipwayError `cli/usage` where it asks for anything else
 */
export function isJson(output: Arguments['options'][string]): boolean {
  if (output === undefined || output === 'json') return output === 'json';
  throw new SlipwayError({
    code: 'cli/usage',
    message: `There is no output format '${typeof output === 'string' ? output : ''}'.`,
    remedy: 'The one format is `-o json`.',
    exitStatus: 2,
  });
}
