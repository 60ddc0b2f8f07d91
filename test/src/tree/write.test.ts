import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SlipwayError, SlipwayErrors } from '../../../src/errors.ts';
import { checkTree, writeTree, type Tree, type TreeLocation } from '../../../src/tree/index.ts';
import { modificationTimes, readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';

const OWNED = '.owned-by-slipway';
const HEADER = '# The files that `slipway synth` writes and deletes; every other file here is left alone.\n';

function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(
    Object.entries(files).map(([file, content]) => [file, { path: file, content: Buffer.from(content), origins: [] }]),
  );
}

const base = temporaryFolder();
let count = 0;
let project: string;
let root: string;
let location: TreeLocation;

beforeEach(() => {
  count += 1;
  project = path.join(base, `project-${count}`);
  root = path.join(project, 'kubernetes');
  fs.mkdirSync(project);
  location = { root, stateDirectory: path.join(project, '.slipway') };
});

afterEach(() => {
  jest.restoreAllMocks();
});

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd: project, stdio: 'pipe' });
}

function errorsOf(work: () => unknown): readonly SlipwayError[] {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayErrors) return error.errors;
    if (error instanceof SlipwayError) return [error];
    throw error;
  }
  throw new Error('nothing was thrown');
}

const codesOf = (work: () => unknown): string[] => errorsOf(work).map(({ code }) => code);

describe('writing a tree', () => {
  test('makes every file and a sorted list of what it owns', () => {
    const changes = writeTree(treeOf({ 'b/two.yaml': 'two\n', 'a.yaml': 'one\n' }), location);
    expect(changes.created.map((file) => file.path)).toEqual(['b/two.yaml', 'a.yaml']);
    expect(readFiles(root)).toEqual({
      'a.yaml': 'one\n',
      'b/two.yaml': 'two\n',
      [OWNED]: `${HEADER}a.yaml\nb/two.yaml\n`,
    });
  });

  test('again, with nothing changed, writes nothing at all', () => {
    const tree = treeOf({ 'a.yaml': 'one\n', 'b/two.yaml': 'two\n' });
    writeTree(tree, location);
    const before = modificationTimes(project);
    const changes = writeTree(tree, location);
    expect(changes.unchanged).toBe(2);
    expect(modificationTimes(project)).toEqual(before);
  });

  test('touches only what differs', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'two\n' }), location);
    const before = modificationTimes(root)['a.yaml'];
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'changed\n' }), location);
    expect(modificationTimes(root)['a.yaml']).toBe(before);
    expect(readFiles(root)['b.yaml']).toBe('changed\n');
  });

  test('deletes what it once wrote, and folders that this empties', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b/c/d.yaml': 'two\n' }), location);
    const changes = writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(changes.deleted.map((file) => file.path)).toEqual(['b/c/d.yaml']);
    expect(fs.existsSync(path.join(root, 'b'))).toBe(false);
  });

  test('leaves every file alone that it did not write, beside its own and in folders of its own', () => {
    const foreign = { 'README.md': 'mine\n', 'b/mine.sops.yaml': 'secret\n', 'c/other.yaml': 'x\n' };
    writeFiles(root, foreign);
    writeTree(treeOf({ 'b/two.yaml': 'two\n' }), location);
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(readFiles(root)).toEqual({ ...foreign, 'a.yaml': 'one\n', [OWNED]: `${HEADER}a.yaml\n` });
  });

  test('writes bytes as they are', () => {
    const content = Buffer.from([0xff, 0x00, 0x0d, 0x0a]);
    writeTree(new Map([['a.bin', { path: 'a.bin', content, origins: [] }]]), location);
    expect(fs.readFileSync(path.join(root, 'a.bin'))).toEqual(content);
  });

  test('takes over a file that is already as it would write it', () => {
    writeFiles(root, { 'a.yaml': 'one\n' });
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(readFiles(root)[OWNED]).toBe(`${HEADER}a.yaml\n`);
  });

  test('leaves no working files but a folder that git ignores', () => {
    git('init', '--quiet');
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    const untracked = execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { cwd: project });
    expect(untracked.toString()).toBe('?? kubernetes/.owned-by-slipway\n?? kubernetes/a.yaml\n');
    expect(fs.readdirSync(location.stateDirectory).sort()).toEqual(['.gitignore', 'last-written']);
  });
});

describe('a tree that is only checked', () => {
  test('is compared and not written', () => {
    expect(checkTree(treeOf({ 'a.yaml': 'one\n' }), location).created).toHaveLength(1);
    expect(fs.readdirSync(project)).toEqual([]);
  });
});

describe('a hand edit', () => {
  beforeEach(() => {
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'two\n' }), location);
  });

  test('of an owned file stops the write, shows the difference, and is kept', () => {
    writeFiles(root, { 'a.yaml': 'edited\n' });
    const [error] = errorsOf(() => writeTree(treeOf({ 'a.yaml': 'three\n', 'b.yaml': 'four\n' }), location));
    expect(error?.code).toBe('tree/hand-edited');
    expect(error?.message).toContain('-three\n+edited');
    expect(readFiles(root)).toMatchObject({ 'a.yaml': 'edited\n', 'b.yaml': 'two\n' });
  });

  test('of a file that nothing makes any more stops its deletion', () => {
    writeFiles(root, { 'b.yaml': 'edited\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/hand-edited']);
    expect(readFiles(root)['b.yaml']).toBe('edited\n');
  });

  test('that git has is replaced, since git can give it back', () => {
    git('init', '--quiet');
    writeFiles(root, { 'a.yaml': 'edited\n' });
    git('add', '.');
    writeTree(treeOf({ 'a.yaml': 'three\n', 'b.yaml': 'two\n' }), location);
    expect(readFiles(root)['a.yaml']).toBe('three\n');
  });

  test('on top of what git has stops the write', () => {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message=tree');
    writeFiles(root, { 'a.yaml': 'edited\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'three\n' }), location))).toEqual(['tree/hand-edited']);
  });

  test('is not suspected in a fresh clone, where synth never wrote', () => {
    git('init', '--quiet');
    git('add', 'kubernetes');
    git('commit', '--quiet', '--message=tree');
    fs.rmSync(location.stateDirectory, { recursive: true });
    writeTree(treeOf({ 'a.yaml': 'three\n' }), location);
    expect(readFiles(root)['a.yaml']).toBe('three\n');
  });

  test('of a file in a merge conflict is git’s own text, and is replaced', () => {
    git('init', '--quiet', '--initial-branch=main');
    git('add', 'kubernetes');
    git('commit', '--quiet', '--message=base');
    git('checkout', '--quiet', '-b', 'other');
    writeFiles(root, { 'a.yaml': 'other\n' });
    git('commit', '--quiet', '--all', '--message=other');
    git('checkout', '--quiet', 'main');
    writeFiles(root, { 'a.yaml': 'ours\n' });
    git('commit', '--quiet', '--all', '--message=ours');
    expect(() => {
      git('merge', 'other');
    }).toThrow();
    expect(readFiles(root)['a.yaml']).toContain('<<<<<<<');
    writeTree(treeOf({ 'a.yaml': 'both\n', 'b.yaml': 'two\n' }), location);
    expect(readFiles(root)['a.yaml']).toBe('both\n');
  });

  test('of a file that holds a secret is never shown', () => {
    const sops = treeOf({ 'a.sops.yaml': 'data: ENC[x]\n' });
    writeTree(sops, location);
    writeFiles(root, { 'a.sops.yaml': 'data: hunter2\n' });
    const [error] = errorsOf(() => writeTree(treeOf({ 'a.sops.yaml': 'data: ENC[y]\n' }), location));
    expect(error?.code).toBe('tree/hand-edited');
    expect(error?.message).not.toContain('hunter2');
  });
});

describe('what stands where a file should be', () => {
  test('a file that synth did not write is an error, and is kept', () => {
    writeFiles(root, { 'a.yaml': 'mine\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'two\n' }), location))).toEqual([
      'tree/not-owned',
    ]);
    expect(readFiles(root)).toEqual({ 'a.yaml': 'mine\n' });
  });

  test('a folder is an error', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    fs.rmSync(path.join(root, 'a.yaml'));
    writeFiles(root, { 'a.yaml/mine.txt': 'mine\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'two\n' }), location))).toEqual(['tree/not-a-file']);
    expect(readFiles(root)['a.yaml/mine.txt']).toBe('mine\n');
  });

  test('a symlink is an error, and what it leads to is not read or written', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    writeFiles(project, { 'outside.yaml': 'one\n' });
    fs.rmSync(path.join(root, 'a.yaml'));
    fs.symlinkSync('../outside.yaml', path.join(root, 'a.yaml'));
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'two\n' }), location))).toEqual(['tree/symlink']);
    expect(readFiles(project)['outside.yaml']).toBe('one\n');
  });

  test('a folder on the way that is a symlink is an error', () => {
    fs.mkdirSync(path.join(base, `elsewhere-${count}`));
    fs.mkdirSync(root);
    fs.symlinkSync(path.join(base, `elsewhere-${count}`), path.join(root, 'apps'));
    expect(codesOf(() => writeTree(treeOf({ 'apps/a.yaml': 'one\n' }), location))).toEqual(['tree/symlink']);
    expect(fs.readdirSync(path.join(base, `elsewhere-${count}`))).toEqual([]);
  });

  test('a file on the way where a folder should be is an error', () => {
    writeFiles(root, { apps: 'mine\n' });
    expect(codesOf(() => writeTree(treeOf({ 'apps/a.yaml': 'one\n' }), location))).toEqual(['tree/not-a-file']);
  });

  test('an owned file that became a person’s folder and is no longer made is left alone', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'two\n' }), location);
    fs.rmSync(path.join(root, 'b.yaml'));
    writeFiles(root, { 'b.yaml/mine.txt': 'mine\n' });
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(readFiles(root)).toMatchObject({ 'b.yaml/mine.txt': 'mine\n', [OWNED]: `${HEADER}a.yaml\n` });
  });
});

describe('the ownership list', () => {
  test('that names a path outside of the tree is refused before anything is touched', () => {
    writeFiles(project, { 'precious.txt': 'mine\n' });
    writeFiles(root, { [OWNED]: '../precious.txt\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/ownership-list']);
    expect(readFiles(project)['precious.txt']).toBe('mine\n');
  });

  test('with the markers of a merge conflict counts both sides', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n', 'b.yaml': 'two\n' }), location);
    writeFiles(root, { [OWNED]: '<<<<<<< HEAD\na.yaml\n=======\nb.yaml\n>>>>>>> other\n' });
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(readFiles(root)).toEqual({ 'a.yaml': 'one\n', [OWNED]: `${HEADER}a.yaml\n` });
  });

  test('that claims a person’s file does not get it deleted', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    writeFiles(root, { 'mine.yaml': 'mine\n', [OWNED]: 'a.yaml\nmine.yaml\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/hand-edited']);
    expect(readFiles(root)['mine.yaml']).toBe('mine\n');
  });
});

describe('a disk that fails', () => {
  const before = { 'a.yaml': 'one\n', 'b/two.yaml': 'two\n' };
  const after = { 'a.yaml': 'changed\n', 'c/three.yaml': 'three\n', 'd.yaml': 'four\n' };

  function failing(code: string): NodeJS.ErrnoException {
    return Object.assign(new Error(code), { code });
  }

  test('when it is full leaves the tree as it was', () => {
    writeTree(treeOf(before), location);
    const tree = readFiles(root);
    const write = fs.writeFileSync;
    jest.spyOn(fs, 'writeFileSync').mockImplementation((file, ...rest) => {
      if (String(file).endsWith(`staging${path.sep}2`)) throw failing('ENOSPC');
      write(file, ...rest);
    });
    const [error] = errorsOf(() => writeTree(treeOf(after), location));
    expect([error?.code, error?.exitStatus]).toEqual(['tree/disk-full', 3]);
    expect(readFiles(root)).toEqual(tree);
  });

  test('at any step of moving files into place puts back what it moved', () => {
    writeTree(treeOf(before), location);
    const tree = readFiles(root);
    const rename = fs.renameSync;
    let steps = 0;
    for (let codes = ['']; codes.length > 0; steps += 1) {
      let calls = 0;
      jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
        calls += 1;
        if (calls === steps + 1) throw failing('EIO');
        rename(from, to);
      });
      codes = tryCodes(() => writeTree(treeOf(after), location));
      jest.restoreAllMocks();
      if (codes.length === 0) break;
      expect(codes).toEqual(['tree/unwritable']);
      expect(readFiles(root)).toEqual(tree);
    }
    // Two lists of what was written, two of what is owned, and three files.
    expect(steps).toBe(7);
    expect(readFiles(root)).toMatchObject(after);
  });

  function tryCodes(work: () => unknown): string[] {
    try {
      work();
      return [];
    } catch (error) {
      return error instanceof SlipwayError ? [error.code] : [String(error)];
    }
  }
});
