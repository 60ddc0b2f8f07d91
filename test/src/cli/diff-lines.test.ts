/** The lines of TypeScript and the commits that `slipway diff` names. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { layProject, program, slipway } from '../../support/project.ts';

const base = temporaryFolder();
let count = 0;
let project: string;

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], { cwd: project, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function synth(text: string): void {
  fs.writeFileSync(path.join(project, 'main.ts'), text);
  expect(slipway(project, 'synth')).toMatchObject({ status: 0 });
}

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  layProject(project, 'podinfo');
  synth(program('podinfo'));
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
});

const NEWER = program('podinfo').replace('1.0.0', '2.0.0');

const diff = (...args: readonly string[]) => slipway(project, 'diff', '--typescript', ...args);

describe('slipway diff --typescript, of a tree that synth wrote', () => {
  test('names the line of TypeScript of each object, in every format', () => {
    synth(NEWER);
    const of = (format: string): string => diff('HEAD', '-o', format).stdout;
    const file = 'kubernetes/apps/web/podinfo/app/helmrelease.yaml';
    expect(of('text')).toMatch(`~ HelmRelease/web/podinfo  (${file}:3:1, made by main.ts:7:3)\n`);
    expect(of('markdown')).toMatch(`! HelmRelease/web/podinfo  # ${file}:3:1, made by main.ts:7:3\n`);
    expect(of('html')).toMatch(`<small>${file}:3:1, made by main.ts:7:3</small>`);
    const { changes } = JSON.parse(of('json')) as { changes: unknown[] };
    expect(changes).toEqual([expect.objectContaining({ name: 'podinfo', source: ['main.ts:7:3'] })]);
  });

  test('names it of a revision only where the files are those of the working tree, whose program is run', () => {
    synth(NEWER);
    git('commit', '-qam', 'second');
    expect(diff('HEAD~1', 'HEAD').stdout).toContain('made by main.ts:7:3');
    synth(NEWER.replace('2.0.0', '3.0.0'));
    expect(diff('HEAD~1', 'HEAD').stdout).not.toContain('made by');
  });

  test('names none of what is gone, and none where the program is gone', () => {
    synth(program());
    expect(diff('HEAD').stdout).toMatch(/- HelmRelease\/web\/podinfo {2}\(was [^,]*\)\n/);
    git('checkout', '-q', '.');
    synth(NEWER);
    fs.rmSync(path.join(project, 'cdk8s.yaml'));
    const { status, stdout, stderr } = diff('HEAD');
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).not.toContain('made by');
  });

  test('warns of a program that cannot be run, and shows the differences all the same', () => {
    synth(NEWER);
    writeFiles(project, { 'main.ts': "throw new Error('no such luck');\n" });
    const { status, stdout, stderr } = diff('HEAD');
    expect(stderr).toContain('Lines of TypeScript are not shown: warning synth/program-failed');
    expect([status, stdout]).toEqual([1, expect.stringContaining('~ HelmRelease/web/podinfo')]);
  });

  test('runs no program unless it is asked to', () => {
    synth(NEWER);
    writeFiles(project, { 'main.ts': "throw new Error('was run');\n" });
    expect(slipway(project, 'diff', 'HEAD')).toMatchObject({ status: 1, stderr: '' });
  });

  test('runs no program for a tree that synth did not write', () => {
    synth(NEWER);
    writeFiles(project, { 'main.ts': "throw new Error('was run');\n" });
    fs.rmSync(path.join(project, 'kubernetes/.owned-by-slipway'));
    expect(diff('HEAD')).toMatchObject({ status: 1, stderr: '' });
  });
});

test('slipway diff names the commits that it compares, with their hashes', () => {
  synth(NEWER);
  git('commit', '-qam', 'second');
  const [old, now] = [git('rev-parse', 'HEAD~1'), git('rev-parse', 'HEAD')];
  const title = `main~1 (${old.slice(0, 7)}) → HEAD (${now.slice(0, 7)})`;
  expect(slipway(project, 'diff', 'main~1', 'HEAD').stdout).toMatch(
    new RegExp(`^${title.replaceAll(/[()]/g, '\\$&')}\n\n`),
  );
  expect(slipway(project, 'diff', 'main~1', 'HEAD', '-o', 'markdown').stdout).toContain(title);
  expect(slipway(project, 'diff', 'main~1', 'HEAD', '-o', 'html').stdout).toContain(`<title>${title}</title>`);
  expect(slipway(project, 'diff', old).stdout).toMatch(new RegExp(`^${old.slice(0, 7)} → working tree\n\n`));
  expect(JSON.parse(slipway(project, 'diff', 'main~1', '.', '-o', 'json').stdout)).toMatchObject({
    before: { name: 'main~1', commit: old },
    after: { name: 'working tree' },
  });
});
