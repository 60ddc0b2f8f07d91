import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { modificationTimes, readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { REPOSITORY, cdk8s, layProject, program, slipway } from '../../support/project.ts';

const base = temporaryFolder();
let count = 0;
let project: string;
let tree: string;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  tree = path.join(project, 'kubernetes');
  layProject(project, 'podinfo');
});

describe('slipway synth', () => {
  test('writes the tree and says what it did and what to do next', () => {
    const { status, stdout, stderr } = slipway(project, 'synth');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('created  kubernetes/apps/web/podinfo/ks.yaml\n');
    expect(stdout).toMatch(
      /demo: 13 created, 0 changed, 0 deleted, 0 unchanged \(\d+\.\d\d s\)\nNext: git add kubernetes && git commit\n$/,
    );
    expect(fs.existsSync(path.join(project, 'dist'))).toBe(false);
  });

  test('on an unchanged tree writes nothing', () => {
    slipway(project, 'synth');
    const before = modificationTimes(project);
    const { status, stdout } = slipway(project, 'synth');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^demo: 13 files, all up to date \(\d+\.\d\d s\)\n$/);
    expect(modificationTimes(project)).toEqual(before);
  });

  test('with --check writes nothing, shows the difference, and ends with 1', () => {
    slipway(project, 'synth');
    fs.writeFileSync(path.join(project, 'main.ts'), program('podinfo').replace('1.0.0', '2.0.0'));
    const before = readFiles(tree);
    const { status, stdout } = slipway(project, 'synth', '--check');
    expect(status).toBe(1);
    expect(stdout).toContain('-      version: 1.0.0\n+      version: 2.0.0\n');
    expect(stdout).toContain('Next: slipway synth');
    expect(readFiles(tree)).toEqual(before);
    slipway(project, 'synth');
    expect(slipway(project, 'synth', '--check').status).toBe(0);
  });

  test('prints its changes as JSON', () => {
    const { stdout } = slipway(project, 'synth', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([{ cluster: 'demo', directory: 'kubernetes', changed: [], unchanged: 0 }]);
  });

  test('deletes what an app that is gone had, and keeps what a person put there', () => {
    slipway(project, 'synth');
    writeFiles(tree, { 'apps/web/podinfo/app/notes.md': 'mine\n' });
    fs.writeFileSync(path.join(project, 'main.ts'), program('other'));
    expect(slipway(project, 'synth').status).toBe(0);
    const files = Object.keys(readFiles(tree)).filter((file) => file.startsWith('apps/web/podinfo/'));
    expect(files).toEqual(['apps/web/podinfo/app/notes.md']);
  });

  test('shows the error of a program that throws, with its line', () => {
    fs.writeFileSync(path.join(project, 'main.ts'), "\nthrow new Error('no such luck');\n");
    const { status, stderr } = slipway(project, 'synth');
    expect(status).toBe(1);
    expect(stderr).toBe(
      'error synth/program-failed main.ts\n  no such luck\n  from main.ts:2:7\n  Mend the program at the line above; nothing was written.\n',
    );
  });

  test('shows the line of an error of syntax', () => {
    fs.writeFileSync(path.join(project, 'main.ts'), 'const a = 1;\nconst = 2;\n');
    expect(slipway(project, 'synth')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('  from main.ts:2\n') as unknown,
    });
  });

  test('works from a folder below the project', () => {
    writeFiles(project, { 'cluster/here.txt': '' });
    expect(slipway(path.join(project, 'cluster'), 'synth').status).toBe(0);
    expect(fs.existsSync(path.join(tree, 'flux/apps.yaml'))).toBe(true);
    expect(fs.existsSync(path.join(project, 'cluster/kubernetes'))).toBe(false);
  });

  describe('of a program that does not just end', () => {
    const run = (body: string, ...args: string[]) => {
      fs.writeFileSync(path.join(project, 'main.ts'), body);
      return slipway(project, 'synth', ...args);
    };
    const late = program('podinfo').replace('cluster.synth();', 'setTimeout(() => cluster.synth(), 20);');

    test('waits for a synth() that comes later, and writes nothing with --check', () => {
      expect(run(late, '--check')).toMatchObject({ status: 1, stderr: '' });
      expect(fs.existsSync(tree)).toBe(false);
      expect(run(late)).toMatchObject({ status: 0, stderr: '' });
      expect(fs.existsSync(tree)).toBe(true);
    });

    test('writes none of the clusters that come after others were taken', () => {
      const second = `${program('podinfo')}
const other = new Cluster('other', { repository: { url: 'https://x' }, directory: 'other' });
setTimeout(() => other.synth(), 20);\n`;
      const { status, stderr } = run(second);
      expect(status).not.toBe(0);
      expect(stderr).toContain('calls synth() on other after other clusters');
      expect(fs.existsSync(path.join(project, 'other'))).toBe(false);
    });

    test('shows an exception that it throws later', () => {
      expect(run("setTimeout(() => { throw new Error('too late'); }, 5);\n")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('error synth/program-failed main.ts\n  too late\n  from main.ts:1:') as unknown,
      });
    });

    test('takes process.exit() for a failure, since nothing was checked', () => {
      const { status, stderr } = run(`process.exit(0);\n${program('podinfo')}`, '--check');
      expect([status, stderr]).toEqual([2, expect.stringContaining('cli/program-exited')]);
    });
  });

  describe('of two clusters', () => {
    const two = (
      first: string,
      second: string,
    ): string => `${program('podinfo').replace("'demo', {", `'demo', { directory: '${first}',`)}
const other = new Cluster('other', { repository: { url: 'https://x' }, directory: '${second}' });
other.synth();\n`;

    test('writes both, each into its own folder', () => {
      fs.writeFileSync(path.join(project, 'main.ts'), two('clusters/a', 'clusters/b'));
      const { status, stdout } = slipway(project, 'synth', '-o', 'json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ cluster: 'demo' }, { cluster: 'other' }]);
      expect(slipway(project, 'synth', '--check').status).toBe(0);
    });

    test.each([
      ['one', 'one'],
      ['one', 'one/two'],
      ['one/two', 'one'],
    ])('in one folder is refused, and nothing is written: %s, %s', (first, second) => {
      fs.writeFileSync(path.join(project, 'main.ts'), two(first, second));
      expect(slipway(project, 'synth')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('synth/shared-directory') as unknown,
      });
      expect(fs.existsSync(path.join(project, 'one'))).toBe(false);
    });

    test('of which one is wrong writes neither', () => {
      fs.writeFileSync(path.join(project, 'main.ts'), two('a', 'b').replace("'web'", "'Not A Name'"));
      expect(slipway(project, 'synth').status).toBe(1);
      fs.writeFileSync(path.join(project, 'main.ts'), two('a', 'b'));
      writeFiles(project, { 'b/flux/apps.yaml': 'mine\n' });
      expect(slipway(project, 'synth').stderr).toContain('tree/not-owned');
      expect(fs.existsSync(path.join(project, 'a'))).toBe(false);
    });
  });

  test('does not show a Secret that was written by hand', () => {
    const body = program('podinfo')
      .replace('HelmRepository, Namespace', 'HelmRepository, Manifests, Namespace')
      .replace(
        'cluster.synth();',
        "new Manifests(new Application(web, 'hand'), 'all', { path: 'hand' });\ncluster.synth();",
      );
    const secret = (value: string): Record<string, string> => ({
      'hand/kustomization.yaml': 'resources: [s.yaml]\n',
      'hand/s.yaml': `kind: Secret\napiVersion: v1\nstringData: {p: ${value}}\n`,
    });
    writeFiles(project, { 'main.ts': body, ...secret('hunter2') });
    expect(slipway(project, 'synth').status).toBe(0);
    writeFiles(project, secret('hunter3'));
    const { status, stdout, stderr } = slipway(project, 'synth', '--check');
    expect(status).toBe(1);
    expect(stdout + stderr).not.toContain('hunter');
  });

  test('says what is missing where there is no program, or one that makes no cluster', () => {
    fs.writeFileSync(path.join(project, 'main.ts'), '');
    expect(slipway(project, 'synth')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cli/no-cluster') as unknown,
    });
    fs.rmSync(path.join(project, 'cdk8s.yaml'));
    expect(slipway(project, 'synth')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cli/no-program') as unknown,
    });
    expect(slipway(project, 'synth', '--app', 'none.ts').status).toBe(2);
  });

  test.each([
    [['synth', '--chekc'], 'Unknown option'],
    [['synth', 'kubernetes'], "takes no 'kubernetes'"],
    [['synth', '-o', 'xml'], "no output format 'xml'"],
    [['snyth'], "no command 'snyth'"],
  ])('refuses wrong use with 2: %j', (args, sentence) => {
    const { status, stderr } = slipway(project, ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(fs.existsSync(tree)).toBe(false);
  });

  test('does its work though nobody reads on', async () => {
    const child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), 'synth'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let errors = '';
    child.stderr.on('data', (text) => (errors += String(text)));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect([status, errors]).toEqual([0, '']);
    expect(fs.existsSync(path.join(tree, 'apps/web/podinfo/ks.yaml'))).toBe(true);
  });

  test('has help', () => {
    expect(slipway(project, '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('synth') as unknown,
    });
    expect(slipway(project, 'synth', '--help').stdout).toContain('Example:');
  });
});

describe('slipway explain', () => {
  test('shows what made an object, by its name or by its file', () => {
    const byName = slipway(project, 'explain', 'helmrelease/web/podinfo');
    expect(byName.status).toBe(0);
    expect(byName.stdout).toBe(`HelmRelease/web/podinfo
  made by    main.ts:7:3
  construct  web/podinfo/HelmRelease-podinfo
  file       kubernetes/apps/web/podinfo/app/helmrelease.yaml
  applied by flux-system/podinfo
  waits for  nothing
`);
    expect(slipway(project, 'explain', 'kubernetes/apps/web/podinfo/app/helmrelease.yaml').stdout).toBe(byName.stdout);
    expect(slipway(project, 'explain', 'HelmRelease/podinfo').stdout).toBe(byName.stdout);
  });

  test('of what the program does not make ends with 1', () => {
    expect(slipway(project, 'explain', 'Secret/web/none')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('explain/unknown') as unknown,
    });
  });
});

describe('the stock `cdk8s synth`', () => {
  test('writes the same tree, a copy of it into dist, and harms nothing', () => {
    writeFiles(project, { 'kubernetes/README.md': 'mine\n', 'kubernetes/apps/web/podinfo/mine.sops.yaml': 'mine\n' });
    const stock = cdk8s(project, 'synth');
    expect([stock.status, stock.stderr]).toEqual([0, '13 created, 0 changed, 0 deleted, 0 unchanged\n']);
    const written = readFiles(tree);
    expect(written).toMatchObject({ 'README.md': 'mine\n', 'apps/web/podinfo/mine.sops.yaml': 'mine\n' });
    expect(slipway(project, 'synth', '--check').status).toBe(0);
    const foreign = new Set(['README.md', 'apps/web/podinfo/mine.sops.yaml', '.owned-by-slipway']);
    const owned = Object.fromEntries(Object.entries(written).filter(([file]) => !foreign.has(file)));
    expect(readFiles(path.join(project, 'dist'))).toEqual(owned);
  });

  test('fails with the program’s errors and leaves the tree as it was', () => {
    cdk8s(project, 'synth');
    const before = readFiles(tree);
    fs.writeFileSync(path.join(project, 'main.ts'), program('podinfo').replace("'web'", "'Not A Name'"));
    const { status, stderr } = cdk8s(project, 'synth');
    expect(status).toBe(1);
    expect(stderr).toContain('error synth/name');
    expect(readFiles(tree)).toEqual(before);
  });

  test.each(['kubernetes', 'kubernetes/apps'])('with output: %s, which it empties, is refused', (output) => {
    fs.writeFileSync(
      path.join(project, 'cdk8s.yaml'),
      `app: node ${path.join(project, 'main.ts')}\noutput: ${output}\n`,
    );
    const { status, stderr } = cdk8s(project, 'synth');
    expect(status).toBe(1);
    expect(stderr).toContain('synth/output-is-the-tree');
  });
});
