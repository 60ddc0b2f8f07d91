import { PassThrough } from 'node:stream';
import type { Io } from '../../src/cli/command.ts';

export interface TestIo {
  readonly io: Io;
  /** What was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** What a command sees of the world outside, in the process of the test. */
export function testIo(cwd: string, { isTerminal = false, input = '', env = {} } = {}): TestIo {
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  stdin.end(input);
  const out = collect(isTerminal);
  const err = collect(isTerminal);
  const io = { cwd, env, stdin, stdout: out.stream, stderr: err.stream } as unknown as Io;
  return { io, stdout: out.text, stderr: err.text };
}

function collect(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { stream, text: () => text };
}
