import { expect, test } from '@jest/globals';
import { ArtifactTree } from '../../../src/reconciler/artifact-tree.ts';
import { DiskTree } from '../../../src/render/index.ts';
import { openStorage, snapshotWorkingTree } from '../../../src/sources/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const folder = temporaryFolder();
const storage = openStorage(temporaryFolder());

test('the tree of an artifact is that of the folder that it was made of', async () => {
  writeFiles(folder, { 'a.yaml': 'a', 'apps/web/b.yaml': 'b', 'apps/web.yaml': '', 'apps/c': 'ü' });
  const tree = new ArtifactTree((await snapshotWorkingTree(folder, { storage })).stored);
  const disk = new DiskTree(folder);
  for (const path of ['', 'apps', 'apps/web', 'a.yaml', 'apps/web/b.yaml', 'apps/web.yaml', 'apps/c', 'none']) {
    expect([path, tree.isFolder(path), [...tree.list(path)].sort()]).toEqual([
      path,
      disk.isFolder(path),
      [...disk.list(path)].sort(),
    ]);
    expect([path, tree.read(path)?.toString()]).toEqual([path, disk.read(path)?.toString()]);
  }
  // printf a | sha256sum
  expect(tree.digest('a.yaml')).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb');
  expect(tree.digest('apps')).toBeUndefined();
});

test('a file larger than any manifest is not read', async () => {
  writeFiles(folder, { 'large.yaml': 'x'.repeat(21 * 1024 * 1024) });
  const tree = new ArtifactTree((await snapshotWorkingTree(folder, { storage })).stored);
  expect(() => tree.read('large.yaml')).toThrow(
    expect.objectContaining({ code: 'render/file-too-large', place: { file: 'large.yaml' } }),
  );
});
