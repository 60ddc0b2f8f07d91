import { SlipwayError } from '../../errors.ts';
import type { Change, Result, Standing } from '../../reconciler/index.ts';
import type { Io } from '../command.ts';
import { formatChange, formatResult, identityOfKey, newsFilter, sentenceOf, timeOf } from './format.ts';
import { LiveView } from './live-view.ts';

/** Tells people, or programs, what a reconciler does. */
export interface Report {
  readonly say: (sentence: string) => void;
  readonly change: (change: Change) => void;
  readonly result: (result: Result) => void;
  readonly error: (error: unknown) => void;
  /** From now on, how far it has come can be asked for. */
  readonly show: (standings: () => readonly Standing[]) => void;
  /** The last word. */
  readonly close: () => void;
}

/**
 * As the output goes: JSON lines where they are asked for, a view that is drawn anew on a terminal, else plain lines.
 *
 * @param clock the time in milliseconds since 1970
 */
export function createReport(isJson: boolean, { stdout, stderr, env }: Io, clock: () => number = Date.now): Report {
  if (isJson) return jsonReport(stdout, clock);
  const isTerminal = stdout.isTTY && stderr.isTTY && env.TERM !== 'dumb';
  return isTerminal ? new LiveView(stdout, clock) : lineReport(stdout, stderr, clock);
}

/** Lines that come at once are written at once: a commit may bring a thousand. */
class Lines {
  readonly #stdout: NodeJS.WritableStream;
  #waiting = '';

  constructor(stdout: NodeJS.WritableStream) {
    this.#stdout = stdout;
  }

  add(line: string): void {
    if (this.#waiting === '') setImmediate(this.flush);
    this.#waiting += `${line}\n`;
  }

  readonly flush = (): void => {
    if (this.#waiting !== '') this.#stdout.write(this.#waiting);
    this.#waiting = '';
  };
}

function jsonReport(stdout: NodeJS.WritableStream, clock: () => number): Report {
  const lines = new Lines(stdout);
  const write = (type: string, members: object): void => {
    lines.add(JSON.stringify({ time: new Date(clock()).toISOString(), type, ...members }));
  };
  return {
    say: (message) => {
      write('notice', { message });
    },
    change: (change) => {
      write('change', change);
    },
    result: ({ key, kind, revision, message }) => {
      write('result', { object: identityOfKey(key), result: kind, revision, message });
    },
    error: (error) => {
      write('error', { code: error instanceof SlipwayError ? error.code : undefined, message: sentenceOf(error) });
    },
    show: () => undefined,
    close: lines.flush,
  };
}

function lineReport(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, clock: () => number): Report {
  const isNews = newsFilter();
  const lines = new Lines(stdout);
  const write = (line: string): void => {
    lines.add(`${timeOf(clock())} ${line}`);
  };
  return {
    say: (sentence) => {
      stderr.write(`${sentence}\n`);
    },
    change: (change) => {
      write(formatChange(change));
    },
    result: (result) => {
      if (isNews(result)) write(formatResult(result));
    },
    error: (error) => {
      stderr.write(`${sentenceOf(error)}\n`);
    },
    show: () => undefined,
    close: lines.flush,
  };
}
