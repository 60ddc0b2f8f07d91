import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readFiles, temporaryFolder } from '../../support/folder.ts';

const PROGRAM = path.join(import.meta.dirname, 'write-process.ts');
const FILES = 60;
const KILLS = 25;

function start(project: string, generation: number): ChildProcess {
  return spawn(process.execPath, [PROGRAM, project, String(generation), String(FILES)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Every file whole and of one generation only, or of any that was ever written. */
function generationsIn(project: string): Set<string> {
  const generations = new Set<string>();
  for (const [file, text] of Object.entries(readFiles(path.join(project, 'kubernetes')))) {
    if (file.startsWith('.')) continue;
    const lines = text.split('\n');
    expect(lines).toHaveLength(201);
    for (const line of lines.slice(0, -1)) generations.add(line);
  }
  return generations;
}

function finish(project: string, generation: number): void {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, project, String(generation), String(FILES)]);
  expect([status, stderr.toString()]).toEqual([0, '']);
  expect(generationsIn(project)).toEqual(new Set([`generation: ${generation}`]));
  const list = fs.readFileSync(path.join(project, 'kubernetes/.owned-by-slipway'), 'utf8');
  expect(list.split('\n').filter((line) => line.startsWith('apps/') || line.startsWith('shared/'))).toHaveLength(
    2 * FILES,
  );
  expect(fs.readdirSync(path.join(project, '.slipway')).sort()).toEqual(['.gitignore', 'last-written']);
}

describe('a process that writes the tree', () => {
  const killed = temporaryFolder();
  const shared = temporaryFolder();

  test('killed at any moment leaves whole files only, and the next run ends right', async () => {
    const project = killed;
    finish(project, 0);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const child = start(project, kill);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await waitForWork(project, kill);
      child.kill('SIGKILL');
      await ended;
      generationsIn(project);
      // Now and then the next run is of another program than the one that was killed.
      if (kill % 3 === 0) finish(project, kill + 100);
    }
    finish(project, 1000);
  }, 120_000);

  test('and another at the same time do not interleave', async () => {
    const project = shared;
    finish(project, 0);
    for (let round = 1; round <= 6; round += 1) {
      const children = [start(project, 2 * round), start(project, 2 * round + 1)];
      const outcomes = await Promise.all(
        children.map(
          (child) =>
            new Promise((resolve) =>
              child.once('exit', (status) => {
                resolve(status);
              }),
            ),
        ),
      );
      expect(outcomes).toEqual([0, 0]);
      expect(generationsIn(project).size).toBe(1);
    }
  }, 120_000);
});

/** Waits until the process has begun to write, and then a little longer each time, so that every step is hit. */
async function waitForWork(project: string, kill: number): Promise<void> {
  const staging = path.join(project, '.slipway/staging');
  for (let turn = 0; turn < 2000 && !fs.existsSync(staging); turn += 1) await pause(1);
  await pause((kill * 7) % 23);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
