#!/usr/bin/env node
// Starts the command on the Node that this package pins, with V8's compile cache: it keeps the compiled code of the
// program's own TypeScript and of its libraries, which is most of the time of a small synth.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

const PINNED_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < PINNED_MAJOR) {
  const require = nodeModule.createRequire(import.meta.url);
  const node = require.resolve('node/bin/node');
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? 3);
}

// A synth makes much that is soon garbage: a nursery that does not grow takes two thirds of the peak memory and costs no
// time. It is set before any code is loaded, since V8 refuses compiled code that was kept under other flags.
setFlagsFromString('--semi-space-growth-factor=1');
// What runs for days collects a bit more often instead of letting what it no longer needs add up.
const isLongLived = ['bootstrap', 'sync'].includes(process.argv[2]);
if (isLongLived) setFlagsFromString('--heap-growing-percent=40');
// A reader that has seen enough (`| head`) is no error, and what is being written goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
// In the user's own cache: compiled code in a folder that others can write would be theirs to choose.
nodeModule.enableCompileCache(compileCache(isLongLived ? 'compiled-sync' : 'compiled'));
const source = new URL('../src/cli/index.ts', import.meta.url);
// A clone of the repository runs its TypeScript; the published package holds the compiled JavaScript only.
const { main } = await import(
  existsSync(source) ? source.href : new URL('../lib/src/cli/index.js', import.meta.url).href
);
process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});

/** XDG Base Directory Specification; a folder for each set of flags. Without a home there is no cache. */
function compileCache(name) {
  const { XDG_CACHE_HOME: given = '' } = process.env;
  const cache = isAbsolute(given) ? given : join(homedir(), '.cache');
  const folder = join(cache, 'slipway', name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Node says nothing of a cache that it cannot write, and does without.
  }
  return folder;
}
