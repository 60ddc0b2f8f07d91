/** Values from whoever runs the command: asked for on a terminal without an echo, or read from standard input. */
import { SlipwayError } from '../../errors.ts';
import type { Io } from '../command.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

export const canAsk = (io: Io): boolean => io.stdin.isTTY && io.stderr.isTTY;

/** Asks on the terminal; what is typed is not shown. @throws {SlipwayError} `secrets/interrupted`, `secrets/no-terminal`. */
export async function askSecret(io: Io, question: string): Promise<string> {
  return ask(io, question, false);
}

/** Asks on the terminal; what is typed is shown. */
export async function askPlain(io: Io, question: string): Promise<string> {
  return ask(io, question, true);
}

async function ask(io: Io, question: string, echo: boolean): Promise<string> {
  if (!canAsk(io)) {
    throw new SlipwayError({
      code: 'secrets/no-terminal',
      message: 'There is no terminal to ask on.',
      remedy: 'Give the value on standard input, for example from a file.',
      exitStatus: 2,
    });
  }
  const { stdin, stderr } = io;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  let typed = '';
  try {
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n' || character === CTRL_D) return typed;
        if (character === CTRL_C) throw interrupted();
        if (character === '\u007f' || character === '\b') {
          if (echo && typed !== '') stderr.write('\b \b');
          typed = Array.from(typed).slice(0, -1).join('');
        } else {
          typed += character;
          if (echo) stderr.write(character);
        }
      }
    }
    throw interrupted();
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

const interrupted = () =>
  new SlipwayError({ code: 'secrets/interrupted', message: 'Nothing was changed.', exitStatus: 2 });

/** All of standard input. */
export async function readStdin(io: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

/** A value: asked for on a terminal, else all of standard input but for one line feed at its end. */
export async function readValue(io: Io, question: string): Promise<Buffer> {
  if (io.stdin.isTTY) return Buffer.from(await askSecret(io, question));
  const bytes = await readStdin(io);
  return bytes.at(-1) === 10 ? bytes.subarray(0, bytes.at(-2) === 13 ? -2 : -1) : bytes;
}
