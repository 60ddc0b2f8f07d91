import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../support/folder.ts';
import { REPOSITORY } from '../../support/project.ts';

const cache = temporaryFolder();

/** What Node says of the compiled code that it keeps. */
function run(): string {
  const env = { ...process.env, XDG_CACHE_HOME: cache, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  const command = path.join(REPOSITORY, 'bin/slipway.js');
  const { stderr } = spawnSync(process.execPath, [command, 'synth', '--help'], { env, encoding: 'utf8' });
  return stderr;
}

test('what the command compiled once is taken the next time, and not refused', () => {
  run();
  const second = run();
  expect(second).toContain('V8 code cache');
  expect(second).not.toContain('was rejected');
});
