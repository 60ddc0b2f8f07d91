import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findSandboxProgram, requirePrograms } from '../../../src/sandbox/find-program.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const assets = temporaryFolder();
const bin = temporaryFolder();
writeFiles(assets, { etcd: '#!/bin/sh\n', 'no-program': '' });
writeFiles(bin, { etcd: '#!/bin/sh\n', 'sandbox-stand-in': '#!/bin/sh\n' });
for (const file of [path.join(assets, 'etcd'), path.join(bin, 'etcd'), path.join(bin, 'sandbox-stand-in')]) {
  fs.chmodSync(file, 0o755);
}

describe('a program of the control plane', () => {
  test('is taken from KUBEBUILDER_ASSETS before all else', () => {
    expect(findSandboxProgram('etcd', { KUBEBUILDER_ASSETS: assets, PATH: bin })).toBe(path.join(assets, 'etcd'));
  });

  test('is taken from PATH where it is nowhere else', () => {
    expect(findSandboxProgram('sandbox-stand-in', { KUBEBUILDER_ASSETS: assets, PATH: bin })).toBe(
      path.join(bin, 'sandbox-stand-in'),
    );
    expect(findSandboxProgram('no-program', { KUBEBUILDER_ASSETS: assets, PATH: bin })).toBeUndefined();
  });

  test('that is missing is named, with all others that are, and where to get them', () => {
    expect(() => requirePrograms(['sandbox-stand-in', 'absent-a', 'absent-b'], { PATH: bin })).toThrow(
      expect.objectContaining({
        code: 'sandbox/no-program',
        exitStatus: 3,
        message: 'A sandbox takes absent-a, absent-b, which are not on this machine.',
        remedy: expect.stringContaining('npm run tools absent-a absent-b'),
      }),
    );
  });
});
