import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileWhole, replaceFile } from '../../../src/sops/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-write-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a file is replaced', () => {
  test('in one step, with its permissions, and nothing is left beside it', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    replaceFile(path, Buffer.from('new'), Buffer.from('old'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('behind a link, which stays a link', () => {
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/a'), 'old');
    symlinkSync('real/a', join(folder, 'link'));
    replaceFile(join(folder, 'link'), Buffer.from('new'), Buffer.from('old'));
    expect(readFileSync(join(folder, 'real/a'), 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['link', 'real']);
  });

  test('not where it changed meanwhile', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'changed');
    expect(() => {
      replaceFile(path, Buffer.from('new'), Buffer.from('old'));
    }).toThrow('changed by another program');
    expect(readFileSync(path, 'utf8')).toBe('changed');
  });

  test('not where it should be new and exists', () => {
    const path = join(folder, 'a');
    replaceFile(path, Buffer.from('new'), undefined);
    expect(() => {
      replaceFile(path, Buffer.from('newer'), undefined);
    }).toThrow('exists already');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('not where its folder is missing', () => {
    expect(() => {
      replaceFile(join(folder, 'no/a'), Buffer.from('x'), undefined);
    }).toThrow('cannot be written');
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe('a file is read', () => {
  test('whole', () => {
    writeFileSync(join(folder, 'a'), 'x'.repeat(100_000));
    expect(readFileWhole(join(folder, 'a')).bytes).toHaveLength(100_000);
  });

  test('not where it is missing or a folder', () => {
    expect(() => readFileWhole(join(folder, 'a'))).toThrow('There is no such file.');
    expect(() => readFileWhole(folder)).toThrow('no file');
  });

  test('not where it is larger than 64 MiB, and none of it then', () => {
    writeFileSync(join(folder, 'a'), '');
    truncateSync(join(folder, 'a'), 100 * 1024 * 1024);
    expect(() => readFileWhole(join(folder, 'a'))).toThrow('larger than 64 MiB');
  });

  test('not where it is a pipe, which would keep the reader waiting', () => {
    expect(spawnSync('mkfifo', [join(folder, 'a')]).status).toBe(0);
    expect(() => readFileWhole(join(folder, 'a'))).toThrow('no file');
  });

  test('not while another program writes to it', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'x'.repeat(30_000_000));
    const writer = spawn('/bin/sh', ['-c', `while :; do printf x >> ${path}; done`]);
    try {
      expect(() => {
        // Each attempt reads for some milliseconds, and the writer needs microseconds.
        for (let attempt = 0; attempt < 500; attempt++) readFileWhole(path);
      }).toThrow('changed while it was read');
    } finally {
      writer.kill('SIGKILL');
    }
  });
});
