/** Progress as lines: on a terminal the last one changes in place; in a pipe or a log only starts and ends are said. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  /** Something begins. */
  start(text: string): void;
  /** How far it is; seen on a terminal only. */
  step(text: string): void;
  /** It ended well. */
  end(text: string): void;
  /** Takes an unfinished line off the terminal. */
  clear(): void;
}

const ERASE_LINE = '\r\u001b[2K';

export function progressOn(stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>): Progress {
  const say = (text: string) => {
    stream.write(`${text}\n`);
  };
  if (!stream.isTTY) return { start: say, step: () => undefined, end: say, clear: () => undefined };
  const change = (text: string) => {
    stream.write(ERASE_LINE + text.slice(0, stream.columns - 1));
  };
  return {
    start: change,
    step: change,
    end: say,
    clear: () => {
      stream.write(ERASE_LINE);
    },
  };
}
