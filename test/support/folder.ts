import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';

const folders: string[] = [];
// Of the file as a whole, and so after those of its blocks: what runs in a folder is ended by what is written there.
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder, removed when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-')));
  folders.push(folder);
  return folder;
}

/** Writes files, by path relative to `folder`. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    const target = path.join(folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
  }
}

/** Every file below a folder with its text; a symlink as `-> target`. */
export function readFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const absolute = path.join(entry.parentPath, entry.name);
    const relative = path.relative(folder, absolute);
    if (entry.isSymbolicLink()) files[relative] = `-> ${fs.readlinkSync(absolute)}`;
    else if (entry.isFile()) files[relative] = fs.readFileSync(absolute, 'utf8');
  }
  return files;
}

/** When each file and folder below was last changed, in nanoseconds. */
export function modificationTimes(folder: string): Record<string, bigint> {
  const times: Record<string, bigint> = { '.': fs.statSync(folder, { bigint: true }).mtimeNs };
  for (const entry of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    times[entry] = fs.lstatSync(path.join(folder, entry), { bigint: true }).mtimeNs;
  }
  return times;
}
