import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const slipway = fileURLToPath(new URL('bin/slipway.js', import.meta.resolve('slipway/package.json')));

test('the tree is what the program describes', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [slipway, 'synth', '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
