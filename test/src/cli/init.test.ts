import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import vm from 'node:vm';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Io } from '../../../src/cli/command.ts';
import { main } from '../../../src/cli/index.ts';
import { layFiles } from '../../../src/cli/init/lay-files.ts';
import type { NewFile } from '../../../src/cli/init/template.ts';
import { readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { REPOSITORY } from '../../support/project.ts';

const URL = 'https://git.example.org/me/home.git';
const base = temporaryFolder();
let count = 0;
let folder: string;

beforeEach(() => {
  count += 1;
  folder = path.join(base, `Home ${count}`);
  fs.mkdirSync(folder);
});

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; `answers` are typed on a terminal, each when it is asked for. */
async function init(args: readonly string[], answers?: readonly string[]): Promise<Outcome> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const text = { stdout: '', stderr: '' };
  const typed = [...(answers ?? [])];
  streams.stdout.on('data', (chunk) => (text.stdout += String(chunk)));
  streams.stderr.on('data', (chunk) => {
    text.stderr += String(chunk);
    if (
      String(chunk)
        .replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, '')
        .endsWith(': ')
    )
      streams.stdin.write(typed.shift() ?? '\u0004');
  });
  if (answers !== undefined)
    for (const stream of [streams.stdin, streams.stderr]) Object.assign(stream, { isTTY: true });
  const status = await main(['init', ...args], { cwd: folder, env: process.env, ...streams } as unknown as Io);
  return { status, ...text };
}

const read = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');

describe('slipway init', () => {
  test('makes a repository out of its options, named after the folder, and says what comes next', async () => {
    const { status, stdout, stderr } = await init(['--repository', URL, '--slipway', '1.2.3']);
    expect([status, stderr]).toEqual([0, '']);
    expect(read('main.ts')).toContain(`new Cluster('home-${count}', {\n  repository: {\n    url: '${URL}',\n`);
    expect(read('main.ts')).toContain("    branch: 'main',\n  },\n");
    expect(JSON.parse(read('package.json'))).toMatchObject({ dependencies: { slipway: '1.2.3' } });
    expect(stdout.match(/^created {2}(.+)$/gm)).toHaveLength(Object.keys(readFiles(folder)).length);
    expect(stdout).toMatch(/\nNext: git init -b main && npm install && npm start\n$/);
  });

  test('leaves no gap of the template unfilled', async () => {
    await init(['--repository', URL]);
    for (const [file, content] of Object.entries(readFiles(folder)))
      expect([file, content]).not.toEqual([file, expect.stringContaining('{{')]);
  });

  test('makes the folder that it is given, and says how to go there', async () => {
    const { status, stdout } = await init(['clusters/home', '--repository', URL, '--branch', 'prod', '-y']);
    expect(status).toBe(0);
    expect(read('clusters/home/main.ts')).toContain("new Cluster('home', {");
    expect(stdout).toContain('created  clusters/home/main.ts\n');
    expect(stdout).toContain('Next: cd clusters/home && git init -b prod && ');
  });

  test('asks on a terminal for what no option says, until the answer will do', async () => {
    const { status, stderr } = await init(['--branch', 'prod'], ['My Home\n', 'home\n', 'gitea\n', `${URL}\n`]);
    expect(status).toBe(0);
    expect(stderr).toContain('The name of the cluster must be lower-case letters');
    expect(stderr).toContain('The repository is no URL that Flux takes.');
    expect(read('main.ts')).toContain(
      `new Cluster('home', {\n  repository: {\n    url: '${URL}',\n    branch: 'prod',`,
    );
  });

  test('takes what stands in brackets for an empty answer', async () => {
    const { status, stderr } = await init(['--repository', URL], ['\n', '\n']);
    expect(status).toBe(0);
    expect(stderr).toContain(`Name of the cluster [home-${count}]: `);
    expect(read('main.ts')).toContain(`new Cluster('home-${count}'`);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('writes nothing after %s', async (_, key) => {
    const { status, stderr } = await init([], ['home\n', key]);
    expect(status).toBe(2);
    expect(stderr).toContain('error init/interrupted\n  Nothing was written.\n');
    expect(readFiles(folder)).toEqual({});
  });

  test('has defaults of the git repository that the folder is, and takes no password out of it', async () => {
    const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
    git('init', '--initial-branch', 'stable');
    git('remote', 'add', 'origin', 'git@git.example.org:me/home.git');
    expect((await init(['--yes'])).status).toBe(0);
    expect(read('main.ts')).toContain(`    url: 'ssh://git@git.example.org/me/home.git',
    branch: 'stable',
    secretRef: { name: 'flux-system' },
`);
    git('remote', 'set-url', 'origin', 'https://me:hunter2@git.example.org/me/home.git');
    const { status, stderr, stdout } = await init(['again', '--yes']);
    expect(status).toBe(2);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('without a terminal and without a repository is refused', async () => {
    const { status, stderr } = await init([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Give it: --repository URL.');
    expect(readFiles(folder)).toEqual({});
  });

  test.each([
    ['--name', 'Home', 'must be lower-case'],
    ['--repository', '../home.git', 'no URL that Flux takes'],
    ['--repository', 'git://git.example.org/home.git', 'no URL that Flux takes'],
    ['--repository', "https://git.example.org/it's.git", 'no URL that Flux takes'],
    ['--repository', 'https://git.example.org/$(id).git', 'no URL that Flux takes'],
    ['--repository', 'https://me:hunter2@git.example.org/home.git', 'holds a password or a user'],
    ['--repository', 'https://hunter2@git.example.org/home.git', 'holds a password or a user'],
    ['--branch', '-f', 'The branch must be'],
    ['--branch', "a'b", 'The branch must be'],
    ['--branch', 'a..b', 'The branch must be'],
  ])('refuses %s %s', async (option, answer, sentence) => {
    const { status, stderr } = await init(['--repository', URL, `${option}=${answer}`]);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('hunter2');
    expect(readFiles(folder)).toEqual({});
  });

  test('refuses a folder that has what it would write, names it, and touches nothing', async () => {
    writeFiles(folder, { 'README.md': 'mine\n', LICENSE: 'mine\n', 'cluster/sources.ts': 'mine\n' });
    fs.symlinkSync(base, path.join(folder, 'test'));
    const before = readFiles(folder);
    const { status, stderr } = await init(['--repository', URL]);
    expect(status).toBe(2);
    expect(stderr).toContain('is here already: README.md, cluster/sources.ts, test.\n');
    expect(readFiles(folder)).toEqual(before);
  });

  test('leaves what else is there alone', async () => {
    writeFiles(folder, { LICENSE: 'mine\n', 'cluster/mine.ts': 'mine\n' });
    expect((await init(['--repository', URL])).status).toBe(0);
    expect(readFiles(folder)).toMatchObject({ LICENSE: 'mine\n', 'cluster/mine.ts': 'mine\n' });
  });

  test('that fails midway takes back what it made', () => {
    writeFiles(folder, { 'cluster/mine.ts': 'mine\n' });
    const file = (name: string): NewFile => ({ path: name, content: 'new\n' });
    const files = [file('cluster/one.ts'), file('test/deep/two.ts'), file('main.ts'), file('main.ts')];
    expect(() => {
      layFiles(folder, files);
    }).toThrow('it is as it was before');
    expect(fs.readdirSync(folder)).toEqual(['cluster']);
    expect(readFiles(folder)).toEqual({ 'cluster/mine.ts': 'mine\n' });
  });

  test("gives Renovate the patterns that this repository's own versions are tested with", async () => {
    await init(['--repository', URL]);
    const config = (text: string): Record<string, unknown> =>
      JSON.parse(JSON.stringify(vm.runInNewContext(`(${text})`))) as Record<string, unknown>;
    const own = config(fs.readFileSync(path.join(REPOSITORY, 'renovate.json5'), 'utf8'));
    const made = config(read('renovate.json5'));
    expect(made.customManagers).toEqual(own.customManagers);
    expect(made.ignorePaths).toEqual(['kubernetes/**']);
    const [pattern = ''] = (own.customManagers as { matchStrings: string[] }[])[0]?.matchStrings ?? [];
    expect(new RegExp(pattern).exec(read('cluster/sources.ts'))?.groups).toMatchObject({ depName: 'podinfo' });
  });

  test('has a workflow that passes what a clean clone has to pass', async () => {
    await init(['--repository', URL, '--branch', 'release/1.x']);
    const { on, jobs } = parse(read('.github/workflows/ci.yaml')) as {
      on: { push: unknown };
      jobs: { check: { steps: { run?: string }[] } };
    };
    expect(on.push).toEqual({ branches: ['release/1.x'] });
    expect(jobs.check.steps.flatMap(({ run }) => run ?? [])).toEqual(['npm ci', 'npm run lint', 'npm test']);
  });
});
