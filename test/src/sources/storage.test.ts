import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  collectGarbage,
  findArtifact,
  holdArtifact,
  openStorage,
  snapshotWorkingTree,
} from '../../../src/sources/index.ts';
import { onDisk } from '../../../src/sources/storage.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const scratch = temporaryFolder();
const newFolder = () => fs.mkdtempSync(path.join(scratch, 'x-'));

async function storeFiles(folder: string, files: Record<string, string>) {
  const source = newFolder();
  writeFiles(source, files);
  return snapshotWorkingTree(source, { storage: openStorage(folder) });
}

describe('the storage of artifacts', () => {
  test('finds an artifact by its digest, in another process too', async () => {
    const folder = newFolder();
    const artifact = await storeFiles(folder, { 'a.yaml': '1', 'b/c': '' });
    expect(findArtifact(openStorage(folder), artifact.digest)).toBe(artifact.folder);
    for (const other of [`sha256:${'0'.repeat(64)}`, 'sha256:../..', '', 'sha1:x']) {
      expect(findArtifact(openStorage(folder), other)).toBeUndefined();
    }
  });

  test.each<[string, (folder: string) => void]>([
    [
      'changed',
      (folder) => {
        fs.writeFileSync(path.join(folder, 'a.yaml'), '2');
      },
    ],
    [
      'missing',
      (folder) => {
        fs.rmSync(path.join(folder, 'a.yaml'));
      },
    ],
    [
      'added',
      (folder) => {
        fs.writeFileSync(path.join(folder, 'b.yaml'), '');
      },
    ],
    [
      'a link',
      (folder) => {
        fs.symlinkSync('/etc', path.join(folder, 'etc'));
      },
    ],
    [
      'executable',
      (folder) => {
        fs.chmodSync(path.join(folder, 'a.yaml'), 0o700);
      },
    ],
  ])('removes an artifact where a file is %s', async (_, damage) => {
    const folder = newFolder();
    const artifact = await storeFiles(folder, { 'a.yaml': '1' });
    damage(artifact.folder);
    expect(findArtifact(openStorage(folder), artifact.digest)).toBeUndefined();
    expect(fs.existsSync(artifact.folder)).toBe(false);
    expect((await storeFiles(folder, { 'a.yaml': '1' })).folder).toBe(artifact.folder);
  });

  test('collects what is neither kept, nor held, nor was just used', async () => {
    const folder = newFolder();
    const [kept, held, old] = [
      await storeFiles(folder, { kept: '' }),
      await storeFiles(folder, { held: '' }),
      await storeFiles(folder, { old: '' }),
    ];
    const storage = openStorage(folder);
    const keep = new Set([kept.digest]);
    expect(collectGarbage(storage, keep, Date.now())).toEqual([]);
    const later = Date.now() + 61_000;
    const release = holdArtifact(storage, held.digest);
    expect(collectGarbage(storage, keep, later)).toEqual([old.digest]);
    release();
    release();
    expect(collectGarbage(storage, keep, later)).toEqual([held.digest]);
    expect(fs.readdirSync(path.join(folder, 'artifacts'))).toHaveLength(1);
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([]);
  });

  test('forgets what a process that ended was making, and not what one that runs is', () => {
    const folder = newFolder();
    openStorage(folder);
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const names = [`${ended}-0123abcd-1`, `${process.pid}-0123abcd-1`, `${process.ppid}-0123abcd-1`];
    for (const name of names) fs.mkdirSync(path.join(folder, 'tmp', name));
    openStorage(folder);
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([`${process.ppid}-0123abcd-1`]);
  });

  test('says that the disk is full', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const write = () =>
      onDisk(() => {
        throw full;
      });
    expect(write).toThrow(expect.objectContaining({ code: 'sources/disk-full', exitStatus: 3, cause: full }));
  });

  test('says that it cannot be written', () => {
    const file = path.join(newFolder(), 'file');
    fs.writeFileSync(file, '');
    expect(() => openStorage(file)).toThrow(expect.objectContaining({ code: 'sources/storage-failed', exitStatus: 3 }));
  });
});
