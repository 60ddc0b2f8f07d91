import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../support/folder.ts';
import { layProject, program, REPOSITORY, slipway } from '../../support/project.ts';

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
    await until(() => /^-.*version: 1\.0\.0\n\+.*version: 2\.0\.0$/m.test(output));

    save("throw new Error('half an edit');\n");
    await until(() => output.includes('half an edit'));
    save(program('podinfo').replace('1.0.0', '3.0.0'));
    await until(() => fs.readFileSync(release, 'utf8').includes('version: 3.0.0'));

    child.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 60_000);

  test('with --check is wrong use', () => {
    const { status, stderr } = slipway(project, 'synth', '--watch', '--check');
    expect([status, stderr]).toEqual([2, expect.stringContaining('`--watch` writes the tree')]);
  });

  test('goes on after a save that comes while it runs, with what was saved last', async () => {
    const folder = path.join(project, 'busy');
    layProject(folder, 'podinfo');
    const watch = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), 'synth', '--watch'], {
      cwd: folder,
    });
    const ended = new Promise((resolve) => watch.once('exit', resolve));
    const file = path.join(folder, 'kubernetes/apps/web/podinfo/app/helmrelease.yaml');
    await until(() => fs.existsSync(file));
    for (const version of ['2.0.0', '3.0.0', '4.0.0', '5.0.0']) {
      fs.writeFileSync(path.join(folder, 'main.ts'), program('podinfo').replace('1.0.0', version));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await until(() => fs.readFileSync(file, 'utf8').includes('version: 5.0.0'));
    watch.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 60_000);
});
