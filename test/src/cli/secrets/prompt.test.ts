/** What a person types at a prompt, on a terminal that is played by a stream. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { askSecret } from '../../../../src/cli/secrets/prompt.ts';
import type { Io } from '../../../../src/cli/command.ts';

function terminal(): { io: Io; type: (text: string) => void; shown: () => string; isRaw: () => boolean } {
  let raw = false;
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => {
      raw = mode;
    },
  });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const io = { cwd: '/', env: {}, stdin, stdout: stderr, stderr } as unknown as Io;
  return {
    io,
    type: (text) => stdin.write(text),
    shown: () => String(stderr.read() ?? ''),
    isRaw: () => raw,
  };
}

describe('a prompt for a secret', () => {
  test('takes what is typed up to Enter, and shows none of it', async () => {
    const { io, type, shown, isRaw } = terminal();
    const answer = askSecret(io, 'Value: ');
    expect(isRaw()).toBe(true);
    for (const key of ['s', 'é', 'x', '\u007f', '\r']) type(key);
    expect(await answer).toBe('sé');
    expect(shown()).not.toMatch(/s|é|x/);
    expect(isRaw()).toBe(false);
  });

  test('leaves what was typed ahead to the next question', async () => {
    const { io, type } = terminal();
    type('one\rtwo\r');
    expect([await askSecret(io, '1: '), await askSecret(io, '2: ')]).toEqual(['one', 'two']);
  });

  test('takes what is pasted as one value, its line breaks in it', async () => {
    const { io, type } = terminal();
    const answer = askSecret(io, 'Key: ');
    for (const part of ['\u001b[20', '0~line 1\rline', ' 2\u001b', '[201~\r']) type(part);
    expect(await answer).toBe('line 1\nline 2');
  });

  test('passes over keys that are no text', async () => {
    const { io, type } = terminal();
    const answer = askSecret(io, 'Value: ');
    type('a\u001b[A\u001b[1;5Cb\r');
    expect(await answer).toBe('ab');
  });

  test.each(['\u0003', undefined])('gives up at Ctrl-C and where the terminal goes away', async (key) => {
    const { io, type, isRaw } = terminal();
    const answer = askSecret(io, 'Value: ');
    type('a');
    if (key === undefined) io.stdin.emit('end');
    else type(key);
    await expect(answer).rejects.toThrow('Nothing was changed.');
    expect(isRaw()).toBe(false);
  });
});
