import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SlipwayError, SlipwayErrors } from '../../../src/errors.ts';
import { checkTree, writeTree, type Tree, type TreeLocation } from '../../../src/tree/index.ts';
import { modificationTimes, readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';

const OWNED = '.owned-by-slipway';
const HEADER = '# Files of test that `slipway synth` writes and deletes; every other file here is left alone.\n';

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
  location = { root, stateDirectory: path.join(project, '.slipway'), owner: 'test' };
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

  test('of a file that git does not know stops the write', () => {
    git('init', '--quiet');
    writeFiles(root, { 'a.yaml': 'edited\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'three\n' }), location))).toEqual(['tree/hand-edited']);
  });

  test('is told from git’s by the repository, whatever a git hook has in its environment', () => {
    git('init', '--quiet');
    git('add', '.');
    writeTree(treeOf({ 'a.yaml': 'three\n' }), location);
    git('add', '.');
    fs.rmSync(path.join(location.stateDirectory, 'last-written'));
    process.env.GIT_INDEX_FILE = path.join(base, 'another-index');
    try {
      writeTree(treeOf({ 'a.yaml': 'four\n' }), location);
    } finally {
      delete process.env.GIT_INDEX_FILE;
    }
    expect(readFiles(root)['a.yaml']).toBe('four\n');
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

describe('a file that holds a Secret by its text alone', () => {
  test.each([
    'kind: Secret\nstringData: {a: hunter2}\n',
    '{"kind": "Secret", "data": "hunter2"}\n',
    'a: hunter2\nsops:\n  mac: x\n',
  ])('is not shown either: %j', (text) => {
    writeTree(treeOf({ 'a.yaml': 'kind: ConfigMap\n' }), location);
    writeFiles(root, { 'a.yaml': text });
    const [error] = errorsOf(() => writeTree(treeOf({ 'a.yaml': 'other: 1\n' }), location));
    expect([error?.code, error?.message]).toEqual(['tree/hand-edited', expect.not.stringContaining('hunter2')]);
  });
});

describe('what stands where a file should be', () => {
  test('a file that is shorter or longer than it should be is not taken for equal', () => {
    writeTree(treeOf({ 'a.yaml': 'one two\n', 'b.yaml': 'one\n' }), location);
    fs.writeFileSync(path.join(root, 'a.yaml'), 'one');
    fs.writeFileSync(path.join(root, 'b.yaml'), 'one\ntwo\n');
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one two\n', 'b.yaml': 'one\n' }), location))).toEqual([
      'tree/hand-edited',
      'tree/hand-edited',
    ]);
  });

  test('a pipe is an error, and is not waited for', () => {
    fs.mkdirSync(root);
    execFileSync('mkfifo', [path.join(root, 'a.yaml')]);
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/not-a-file']);
  });

  test('a file in the place of the whole tree, or a symlink in that of a folder, is one error', () => {
    writeFiles(project, { kubernetes: 'a file\n' });
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n', 'b/c.yaml': 'two\n' }), location))).toEqual([
      'tree/not-a-file',
    ]);
  });

  test('a folder in the place of the ownership list is an error', () => {
    fs.mkdirSync(path.join(root, OWNED), { recursive: true });
    expect(codesOf(() => checkTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/not-a-file']);
  });

  test('keeps its mode when it is written anew', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    fs.chmodSync(path.join(root, 'a.yaml'), 0o600);
    writeTree(treeOf({ 'a.yaml': 'two\n' }), location);
    expect(fs.statSync(path.join(root, 'a.yaml')).mode & 0o777).toBe(0o600);
  });

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
    const changes = writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(changes.abandoned).toEqual(['b.yaml is a folder']);
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

  function failing(code: string, details: object = {}): NodeJS.ErrnoException {
    return Object.assign(new Error(code), { code, ...details });
  }

  /** Lets the disk fail at one call of `operation`, and then at every call of it and of `writeFileSync`. */
  function failFrom(operation: 'renameSync' | 'writeFileSync', call: number, code: string): void {
    let calls = 0;
    let failed = false;
    const original = { renameSync: fs.renameSync, writeFileSync: fs.writeFileSync };
    const guard = (mine: boolean): void => {
      if (mine) calls += 1;
      if (mine && calls === call) {
        failed = true;
        throw failing(code);
      }
      if (failed && !mine) throw failing(code);
    };
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (operation === 'renameSync') guard(true);
      original.renameSync(from, to);
    });
    jest.spyOn(fs, 'writeFileSync').mockImplementation((file, ...rest) => {
      guard(operation === 'writeFileSync');
      original.writeFileSync(file, ...rest);
    });
  }

  /** Fails at the first call, the second and so on, until nothing fails; the tree is as it was after each. */
  function failEverywhere(
    operation: 'renameSync' | 'writeFileSync',
    code: string,
  ): { steps: number; codes: Set<string> } {
    writeTree(treeOf(before), location);
    const tree = readFiles(root);
    const codes = new Set<string>();
    for (let step = 1; ; step += 1) {
      failFrom(operation, step, code);
      const [found] = tryCodes(() => writeTree(treeOf(after), location));
      jest.restoreAllMocks();
      if (found === undefined) return { steps: step - 1, codes };
      codes.add(found);
      expect(readFiles(root)).toEqual(tree);
      expect(fs.readdirSync(location.stateDirectory)).not.toContain('staging');
    }
  }

  test('full from any write on leaves the tree as it was, a deleted file too', () => {
    const { steps, codes } = failEverywhere('writeFileSync', 'ENOSPC');
    expect(codes).toEqual(new Set(['tree/disk-full']));
    expect(steps).toBeGreaterThan(6);
    expect(readFiles(root)).toMatchObject(after);
  });

  test('over its quota is as good as full', () => {
    expect(failEverywhere('writeFileSync', 'EDQUOT').codes).toEqual(new Set(['tree/disk-full']));
  });

  test('at any step of moving files into place puts back what it moved', () => {
    const { steps, codes } = failEverywhere('renameSync', 'EIO');
    expect(codes).toEqual(new Set(['tree/unwritable']));
    // Two records of what was written, two lists of what is owned, three files that come and one that goes.
    expect(steps).toBe(8);
  });

  test('after which a file cannot be put back says so', () => {
    writeTree(treeOf(before), location);
    const rename = fs.renameSync;
    let calls = 0;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      calls += 1;
      if (calls > 4) throw failing('EIO');
      rename(from, to);
    });
    expect(tryCodes(() => writeTree(treeOf(after), location))).toEqual(['tree/half-written']);
    jest.restoreAllMocks();
    writeTree(treeOf(after), location);
    expect(readFiles(root)).toMatchObject(after);
  });

  test('on a folder that may not be written names the file and the line of TypeScript', () => {
    const source = (): string[] => ['cluster/web.ts:3:1'];
    const origins = [{ object: 'ConfigMap/web/a', constructPath: 'web/a', source }];
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (String(to).endsWith('a.yaml')) throw failing('EACCES', { path: String(from), dest: String(to) });
    });
    const tree: Tree = new Map([['a.yaml', { path: 'a.yaml', content: Buffer.from('x'), origins }]]);
    const [error] = errorsOf(() => writeTree(tree, location));
    expect([error?.code, error?.place]).toEqual([
      'tree/unwritable',
      { file: 'a.yaml', object: 'ConfigMap/web/a', source: 'cluster/web.ts:3:1' },
    ]);
  });

  test('where the working files cannot be says that, and not that the tree is at fault', () => {
    writeFiles(project, { '.slipway': 'a file\n' });
    expect(codesOf(() => writeTree(treeOf(before), location))).toEqual(['tree/working-files']);
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

describe('a tree of another cluster', () => {
  test('is not touched', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    const before = readFiles(root);
    const other = { ...location, owner: 'other' };
    expect(codesOf(() => writeTree(treeOf({ 'b.yaml': 'two\n' }), other))).toEqual(['tree/other-owner']);
    expect(readFiles(root)).toEqual(before);
  });

  test('is anybody’s while the list names none', () => {
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    writeFiles(root, { [OWNED]: '# an older header\r\na.yaml\r\n' });
    writeTree(treeOf({ 'b.yaml': 'two\n' }), location);
    expect(readFiles(root)).toEqual({ 'b.yaml': 'two\n', [OWNED]: `${HEADER}b.yaml\n` });
  });
});

describe('a lock', () => {
  const lock = (content: string): void => {
    writeFiles(project, { '.slipway/lock': content, '.slipway/lock.999999999': 'left by a killed process' });
  };

  test('of a process that is gone is taken over, and what it left is swept away', () => {
    lock(`999999999 ${os.hostname()}\n`);
    writeTree(treeOf({ 'a.yaml': 'one\n' }), location);
    expect(fs.readdirSync(location.stateDirectory).sort()).toEqual(['.gitignore', 'last-written']);
  });

  test.each([
    ['a process that runs', `${process.pid} ${os.hostname()}\n`],
    ['another machine', '999999999 elsewhere\n'],
  ])('of %s is waited for, and then is an error', (_whose, content) => {
    lock(content);
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 20_000));
    expect(codesOf(() => writeTree(treeOf({ 'a.yaml': 'one\n' }), location))).toEqual(['tree/locked']);
    expect(fs.existsSync(root)).toBe(false);
  });
});
