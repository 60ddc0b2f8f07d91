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
  stderr.write(`${question}${PASTE_ON}`);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    return await readLine(io, echo);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write(`${PASTE_OFF}\n`);
  }
}

/** Terminals mark what is pasted, so that a key of several lines is one value (xterm: bracketed paste). */
const PASTE_ON = '\u001b[?2004h';
const PASTE_OFF = '\u001b[?2004l';
const PASTE_BEGIN = '\u001b[200~';
const PASTE_END = '\u001b[201~';
/** What keys such as the arrows send, whole or as far as it has come. */
const SEQUENCE = /^\u001b(?:$|\[[0-9;]*([A-Za-z~]?))/;

/** What is typed up to Enter; what was typed beyond stays for the next question. */
async function readLine({ stdin, stderr }: Io, echo: boolean): Promise<string> {
  let typed = '';
  let isPasted = false;
  let pending = '';

  /** Takes one key out of what is pending; what it leads to, or `more` where the rest of it has not come. */
  const takeKey = (): 'typed' | 'done' | 'interrupted' | 'more' => {
    const sequence = SEQUENCE.exec(pending);
    const key = sequence?.[0] ?? Array.from(pending)[0] ?? '';
    if (sequence !== null && (sequence[1] ?? '') === '') return 'more';
    pending = pending.slice(key.length);
    if (sequence !== null) {
      if (key === PASTE_BEGIN || key === PASTE_END) isPasted = key === PASTE_BEGIN;
      return 'typed';
    }
    if (!isPasted && (key === '\r' || key === '\n' || key === CTRL_D)) return 'done';
    if (!isPasted && key === CTRL_C) return 'interrupted';
    if (!isPasted && (key === '\u007f' || key === '\b')) {
      if (echo && typed !== '') stderr.write('\b \b');
      typed = Array.from(typed).slice(0, -1).join('');
      return 'typed';
    }
    const character = key === '\r' ? '\n' : key;
    typed += character;
    if (echo) stderr.write(character);
    return 'typed';
  };

  return new Promise((resolve, reject) => {
    const end = (): void => {
      stdin.off('data', read);
      stdin.off('end', stop);
      stdin.pause();
    };
    const stop = (): void => {
      end();
      reject(interrupted());
    };
    const read = (chunk: unknown): void => {
      pending += String(chunk);
      while (pending !== '') {
        const what = takeKey();
        if (what === 'more') return;
        if (what === 'typed') continue;
        end();
        if (pending !== '') stdin.unshift(pending);
        if (what === 'done') resolve(typed);
        else reject(interrupted());
        return;
      }
    };
    stdin.on('data', read);
    stdin.once('end', stop);
    stdin.resume();
  });
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
