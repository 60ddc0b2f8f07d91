import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../../support/folder.ts';
import { REPOSITORY } from '../../support/project.ts';

const cache = temporaryFolder();

/** What Node says of the compiled code that it keeps. */
function run(verb: string): string {
  const env = { ...process.env, XDG_CACHE_HOME: cache, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  const command = path.join(REPOSITORY, 'bin/slipway.js');
  const { stderr } = spawnSync(process.execPath, [command, verb, '--help'], { env, encoding: 'utf8' });
  return stderr;
}

test.each(['synth', 'sync'])('what %s compiled once is taken the next time, and not refused', (verb) => {
  run(verb);
  // Others run on in between, with other flags.
  run(verb === 'sync' ? 'synth' : 'sync');
  const second = run(verb);
  expect(second).toContain('V8 code cache');
  expect(second).not.toContain('was rejected');
});
