import { describe, expect, test } from '@jest/globals';
import { type FileTree, MemoryTree } from '../../../src/flux/index.ts';
import { LastBuild } from '../../../src/reconciler/last-build.ts';

const FILES = { 'apps/a.yaml': 'a', 'apps/b.yaml': 'b', 'other/c.yaml': 'c' };
const treeOf = (files: Record<string, string>): FileTree => new MemoryTree(Object.entries(files));

/** Builds by reading the folder `apps`, and counts how often. */
function builder() {
  const last = new LastBuild<string>();
  let builds = 0;
  const of = (files: Record<string, string>, inputs = 'spec') =>
    last.of(inputs, treeOf(files), (tree) => {
      builds++;
      const contents = [...tree.list('apps')].sort().map((name) => tree.read(`apps/${name}`)?.toString() ?? '');
      if (contents.includes('broken')) return Promise.reject(new Error('broken'));
      return Promise.resolve(contents.join());
    });
  return { of, builds: () => builds };
}

describe('what was built last', () => {
  test('is taken again where nothing that the build looked at changed', async () => {
    const { of, builds } = builder();
    expect(await of(FILES)).toBe('a,b');
    expect(await of({ ...FILES, 'other/c.yaml': 'changed', 'README.md': 'new' })).toBe('a,b');
    expect(builds()).toBe(1);
  });

  test.each([
    ['a file that was read has another content', { ...FILES, 'apps/a.yaml': 'other' }, 'spec', 'other,b'],
    ['a folder that was listed has a file more', { ...FILES, 'apps/c.yaml': 'c' }, 'spec', 'a,b,c'],
    ['a file is gone', { 'apps/a.yaml': 'a' }, 'spec', 'a'],
    ['the spec, a variable or a key is another', FILES, 'other spec', 'a,b'],
  ])('is built anew where %s', async (_, files, inputs, built) => {
    const { of, builds } = builder();
    await of(FILES);
    expect(await of(files, inputs)).toBe(built);
    expect(builds()).toBe(2);
  });

  test('is nothing after a failure, which is tried again', async () => {
    const { of, builds } = builder();
    await of(FILES);
    await expect(of({ ...FILES, 'apps/b.yaml': 'broken' })).rejects.toThrow('broken');
    await expect(of({ ...FILES, 'apps/b.yaml': 'broken' })).rejects.toThrow('broken');
    expect(await of(FILES)).toBe('a,b');
    expect(builds()).toBe(4);
  });
});
