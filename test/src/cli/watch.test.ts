import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../support/folder.ts';
import { layProject, program, REPOSITORY } from '../../support/project.ts';

const project = temporaryFolder();
const release = path.join(project, 'kubernetes/apps/web/podinfo/app/helmrelease.yaml');
let child: ChildProcess | undefined;
let output = '';

afterAll(() => {
  child?.kill('SIGKILL');
});

/** Waits for something that another process does, up to 20 seconds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(holds()).toBe(true);
}

const count = (text: string): number => output.split(text).length - 1;
const save = (text: string): void => {
  fs.writeFileSync(path.join(project, 'main.ts'), text);
};

describe('slipway synth --watch', () => {
  test('synthesizes at once and after each save, goes on after an error, and ends well', async () => {
    layProject(project, 'podinfo');
    child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), 'synth', '--watch'], { cwd: project });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
    const ended = new Promise((resolve) =>
      child?.once('exit', (status) => {
        resolve(status);
      }),
    );
    await until(() => fs.existsSync(release) && count('Waiting for a save') > 0);

    save(program('podinfo').replace('1.0.0', '2.0.0'));
    await until(() => fs.readFileSync(release, 'utf8').includes('version: 2.0.0'));
    await until(() => output.includes('changed  kubernetes/apps/web/podinfo/app/helmrelease.yaml'));

    save("throw new Error('half an edit');\n");
    await until(() => output.includes('half an edit'));
    save(program('podinfo').replace('1.0.0', '3.0.0'));
    await until(() => fs.readFileSync(release, 'utf8').includes('version: 3.0.0'));

    child.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 60_000);
});
