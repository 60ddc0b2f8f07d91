import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  collectGarbage,
  findArtifact,
  holdArtifact,
  openStorage,
  readStored,
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
    expect(findArtifact(openStorage(folder), artifact.digest)).toEqual(artifact.stored);
    for (const other of [`sha256:${'0'.repeat(64)}`, 'sha256:../..', '', 'sha1:x']) {
      expect(findArtifact(openStorage(folder), other)).toBeUndefined();
    }
  });

  /** Of `a.yaml`, whose content begins the file. */
  const damages: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['changed in its content', (bytes) => Buffer.concat([Buffer.from('2'), bytes.subarray(1)])],
    ['cut off', (bytes) => bytes.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    ['changed in a name', (bytes) => replaced(bytes, 'a.yaml', 'b.yaml')],
    ['changed in a mode', (bytes) => replaced(bytes, '"mode":"-"', '"mode":"x"')],
    ['changed in where a file is', (bytes) => replaced(bytes, '"offset":0', '"offset":9')],
    ['changed in what is no list any more', (bytes) => replaced(bytes, '[{', '{{')],
    ['changed in how long its list is', (bytes) => replaced(bytes, 'slipway1', 'slipway2')],
  ];
  const replaced = (bytes: Buffer, from: string, to: string): Buffer =>
    Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

  test.each(damages)('removes an artifact whose file is %s', async (_, damage) => {
    const folder = newFolder();
    const { digest, stored } = await storeFiles(folder, { 'a.yaml': '1' });
    const bytes = fs.readFileSync(stored.file);
    const damaged = damage(bytes);
    expect(damaged.equals(bytes)).toBe(false);
    fs.writeFileSync(stored.file, damaged);
    expect(findArtifact(openStorage(folder), digest)).toBeUndefined();
    expect(fs.existsSync(stored.file)).toBe(false);
    expect((await storeFiles(folder, { 'a.yaml': '1' })).stored).toEqual(stored);
  });

  test('removes a folder where an artifact should be', async () => {
    const folder = newFolder();
    const { digest, stored } = await storeFiles(folder, { 'a.yaml': '1' });
    fs.rmSync(stored.file);
    writeFiles(stored.file, { 'a.yaml': '1' });
    expect(findArtifact(openStorage(folder), digest)).toBeUndefined();
    expect(fs.existsSync(stored.file)).toBe(false);
  });

  test('never gives what lies at the place of a file that was stored', async () => {
    const folder = newFolder();
    const { stored } = await storeFiles(folder, { 'a.yaml': '1', 'b.yaml': '2' });
    const bytes = fs.readFileSync(stored.file);
    fs.writeFileSync(stored.file, Buffer.concat([Buffer.from('21'), bytes.subarray(2)]));
    expect(() => readStored(stored, 'a.yaml')).toThrow(expect.objectContaining({ code: 'sources/storage-failed' }));
  });

  test('gives the content of files of any size, and of nothing else', async () => {
    const large = 'x'.repeat(2_500_000);
    const { stored } = await storeFiles(newFolder(), { 'large.txt': large, 'b/empty': '', 'b/c': 'c' });
    expect(readStored(stored, 'large.txt')?.toString()).toBe(large);
    expect(readStored(stored, 'b/empty')?.toString()).toBe('');
    expect(readStored(stored, 'b/c')?.toString()).toBe('c');
    for (const none of ['b', 'B/c', '../x', '']) expect(readStored(stored, none)).toBeUndefined();
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
