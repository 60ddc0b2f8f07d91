import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fetchGitRepository, openStorage, snapshotWorkingTree } from '../../../src/sources/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { gitHost, GitWork } from '../../support/git-repository.ts';
import { failureOf, filesOf, gitRepository } from './support.ts';

const host = await gitHost();
const storage = openStorage(temporaryFolder());
const plain = temporaryFolder();
const tools = temporaryFolder();

describe('a working tree as a source', () => {
  const work = new GitWork(host.root, 'work');
  writeFiles(work.folder, { 'run.sh': '' });
  fs.chmodSync(path.join(work.folder, 'run.sh'), 0o755);
  fs.mkdirSync(path.join(work.folder, 'links'));
  fs.symlinkSync('/etc/passwd', path.join(work.folder, 'links/passwd'));
  const commit = work.commit({ '.gitignore': 'node_modules/\n', 'a.yaml': '1', 'b/c.yaml': '2', 'picture.png': '' });
  writeFiles(work.folder, { 'node_modules/x/index.js': '' });

  test('is what a fetch would give, where nothing differs from HEAD', async () => {
    const artifact = await snapshotWorkingTree(work.folder, { storage });
    expect(artifact.revision).toBe(`main@sha1:${commit}`);
    expect(Object.keys(filesOf(artifact)).sort()).toEqual(['a.yaml', 'b/c.yaml', 'run.sh']);
    const spec = gitRepository(`${host.url}/work`, { ref: { branch: 'main' } });
    expect(artifact.digest).toBe((await fetchGitRepository(spec, {}, { storage })).digest);
  });

  test('has what was not committed yet, and a revision of its own for it', async () => {
    writeFiles(work.folder, { 'new.yaml': '3' });
    fs.rmSync(path.join(work.folder, 'a.yaml'));
    const artifact = await snapshotWorkingTree(work.folder, { storage });
    expect(artifact.revision).toBe(`main@${artifact.digest}`);
    expect(Object.keys(filesOf(artifact)).sort()).toEqual(['b/c.yaml', 'new.yaml', 'run.sh']);
    writeFiles(work.folder, { 'new.yaml': '4' });
    expect((await snapshotWorkingTree(work.folder, { storage })).revision).not.toBe(artifact.revision);
  });

  test('does not follow a folder that became a link', async () => {
    const linked = new GitWork(host.root, 'linked');
    linked.commit({ 'a/secret.yaml': '' });
    fs.renameSync(path.join(linked.folder, 'a'), path.join(plain, 'elsewhere'));
    fs.symlinkSync(path.join(plain, 'elsewhere'), path.join(linked.folder, 'a'));
    const artifact = await snapshotWorkingTree(linked.folder, { storage });
    expect(filesOf(artifact)).toEqual({});
    fs.rmSync(path.join(plain, 'elsewhere'), { recursive: true });
  });

  test('may be a folder that git knows nothing of', async () => {
    writeFiles(plain, { 'a.yaml': '1', 'b/c.md': '', '.sourceignore': '*.md\n' });
    const artifact = await snapshotWorkingTree(plain, { storage });
    expect(artifact.revision).toBe(artifact.digest);
    expect(filesOf(artifact)).toEqual({ 'a.yaml': '1', '.sourceignore': '*.md\n' });
    const ignoring = await snapshotWorkingTree(plain, { storage, ignore: 'a.yaml' });
    expect(filesOf(ignoring)).toEqual({ '.sourceignore': '*.md\n' });
  });

  test('is of one moment: a file that moves while it is read is at one place', async () => {
    const moving = new GitWork(host.root, 'moving');
    moving.commit({ 'a/pvc.yaml': '1' });
    fs.mkdirSync(path.join(moving.folder, 'b'));
    const before = process.env.PATH;
    const git = path.join(tools, 'git');
    fs.writeFileSync(
      git,
      [
        '#!/bin/sh',
        `PATH=${JSON.stringify(before)}; git "$@"; status=$?`,
        'case " $* " in *" ls-files "*) [ ! -e a/pvc.yaml ] || mv a/pvc.yaml b/pvc.yaml;; esac',
        'exit $status',
      ].join('\n'),
      { mode: 0o755 },
    );
    process.env.PATH = `${tools}${path.delimiter}${before}`;
    try {
      const artifact = await snapshotWorkingTree(moving.folder, { storage });
      expect(filesOf(artifact)).toEqual({ 'b/pvc.yaml': '1' });
    } finally {
      process.env.PATH = before;
    }
  });

  test('is not taken while git is at work in it', async () => {
    const locked = new GitWork(host.root, 'locked');
    locked.commit({ 'a.yaml': '1' });
    const lock = path.join(locked.folder, '.git/index.lock');
    fs.writeFileSync(lock, '');
    const error = await failureOf(snapshotWorkingTree(locked.folder, { storage }));
    expect(error).toMatchObject({ code: 'sources/folder-changing', exitStatus: 3 });
    const later = snapshotWorkingTree(locked.folder, { storage });
    setTimeout(() => {
      fs.rmSync(lock);
    }, 50);
    expect(filesOf(await later)).toEqual({ 'a.yaml': '1' });
  });

  test('is not taken where git cannot say what it ignores', async () => {
    const broken = new GitWork(host.root, 'broken');
    broken.commit({ '.gitignore': 'secret.yaml\n' });
    writeFiles(broken.folder, { 'secret.yaml': '1', '.git/config': '[' });
    const error = await failureOf(snapshotWorkingTree(broken.folder, { storage }));
    expect(error).toMatchObject({ code: 'sources/git-failed', exitStatus: 3 });
    expect(error.message).toContain('bad config');
  });

  test('has to be there', async () => {
    const error = await failureOf(snapshotWorkingTree(path.join(plain, 'none'), { storage }));
    expect(error.code).toBe('sources/folder-missing');
  });
});
