import fs from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { main } from '../../../src/cli/index.ts';
import type { Io } from '../../../src/cli/command.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const project = temporaryFolder();
const empty = temporaryFolder();
const bin = temporaryFolder();

/** A stand-in that prints a version. */
writeFiles(bin, { go: '#!/bin/sh\necho "go version go1.99.1 linux/amd64"\n', git: '#!/bin/sh\nexit 1\n' });
for (const name of ['go', 'git']) fs.chmodSync(path.join(bin, name), 0o755);
writeFiles(project, { 'cdk8s.yaml': 'app: node main.ts\n' });

async function doctor(cwd: string, PATH: string, ...args: string[]): Promise<{ status: number; text: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io = { cwd, env: { PATH }, stdin: process.stdin, stdout, stderr } as unknown as Io;
  const status = await main(['doctor', ...args], io);
  return { status, text: String(stdout.read() ?? '') + String(stderr.read() ?? '') };
}

describe('slipway doctor', () => {
  test('shows each program that it finds, with its version and where it is', async () => {
    const { status, text } = await doctor(project, bin);
    expect(status).toBe(0);
    expect(text).toMatch(new RegExp(`^go +1\\.99\\.1 +${path.join(bin, 'go')}$`, 'm'));
    expect(text).toMatch(/^git +unknown +/m);
    expect(text).toMatch(/^cdk8s\.yaml +node main\.ts +/m);
  });

  test('says of what is missing what it is for and where to get it', async () => {
    const { status, text } = await doctor(project, empty);
    expect(status).toBe(0);
    expect(text).toMatch(/^go +missing +for npm run tools\. Install Go/m);
  });

  test('ends with 1 where there is no project', async () => {
    const { status, text } = await doctor(empty, bin);
    expect(status).toBe(1);
    expect(text).toMatch(/^cdk8s\.yaml +missing +for synth, explain\. /m);
  });

  test('prints JSON', async () => {
    const { text } = await doctor(project, bin, '-o', 'json');
    expect(JSON.parse(text)).toContainEqual(
      expect.objectContaining({ name: 'go', version: '1.99.1', required: false }),
    );
  });

  test('refuses anything else', async () => {
    expect((await doctor(project, bin, 'now')).status).toBe(2);
    expect((await doctor(project, bin, '-o', 'xml')).status).toBe(2);
  });
});
