import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findByCommand, startOf } from '../../../src/sandbox/process-identity.ts';
import { findProcess, listProcesses, startProcess, stopProcess } from '../../../src/sandbox/process.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

/** A process that waits until it is ended. */
const IDLE = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];

const folder = temporaryFolder();
const bystander = spawn(IDLE[0]!, IDLE.slice(1), { cwd: folder, stdio: 'ignore' });
afterAll(async () => {
  const ended = once(bystander, 'exit');
  bystander.kill('SIGKILL');
  await ended;
});

function record(name: string, value: unknown): void {
  writeFiles(folder, { [`run/${name}.json`]: typeof value === 'string' ? value : JSON.stringify(value) });
}

describe('a process of a sandbox', () => {
  test('is found by a later command, and ended by it', async () => {
    const { pid } = await startProcess(folder, 'idle', IDLE);
    expect(findProcess(folder, 'idle')?.pid).toBe(pid);
    expect(listProcesses(folder)).toEqual(['idle']);
    await stopProcess(folder, 'idle');
    expect(startOf(pid)).toBeUndefined();
    expect(listProcesses(folder)).toEqual([]);
  });

  test('is killed when it does not end by itself', async () => {
    const stubborn =
      "process.on('SIGTERM', () => {}); require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1000)";
    const { pid } = await startProcess(folder, 'stubborn', [process.execPath, '-e', stubborn]);
    while (!fs.existsSync(path.join(folder, 'ready'))) await new Promise((resolve) => setTimeout(resolve, 10));
    await stopProcess(folder, 'stubborn');
    expect(startOf(pid)).toBeUndefined();
  });

  test('is found by its command where its starter was killed before it could note the id', async () => {
    const command = [...IDLE, 'unrecorded'];
    const { pid } = await startProcess(folder, 'unrecorded', command);
    record('unrecorded', { command });
    expect(findProcess(folder, 'unrecorded')?.pid).toBe(pid);
    await stopProcess(folder, 'unrecorded');
    expect(startOf(pid)).toBeUndefined();
    record('unrecorded', { command });
    expect(findProcess(folder, 'unrecorded')).toBeUndefined();
    expect(findByCommand(command, folder)).toBeUndefined();
  });

  test('is not mistaken for another that has its id by now', async () => {
    record('idle', { command: IDLE, pid: bystander.pid, start: 'long ago' });
    expect(findProcess(folder, 'idle')).toBeUndefined();
    await stopProcess(folder, 'idle');
    expect(startOf(bystander.pid!)).toBeDefined();
  });

  test('leaves its output in a log that nobody else may read', async () => {
    await startProcess(folder, 'speaker', [process.execPath, '-e', 'console.log("said")']);
    const log = path.join(folder, 'logs/speaker.log');
    while (!fs.readFileSync(log, 'utf8').includes('said')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fs.statSync(log).mode & 0o077).toBe(0);
    await stopProcess(folder, 'speaker');
  });

  test('whose record is damaged is not guessed at', () => {
    record('damaged', '{');
    expect(() => findProcess(folder, 'damaged')).toThrow(expect.objectContaining({ code: 'sandbox/bad-record' }));
  });
});
