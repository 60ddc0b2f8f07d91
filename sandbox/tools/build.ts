/** `npm run tools [NAME…]`: builds the named programs, or those of the command line, into bin/ where they are not yet. */
import { relative } from 'node:path';
import { formatError, SlipwayError } from '../../src/errors.ts';
import { buildPrograms } from './build-programs.ts';
import { BIN } from '../../src/programs.ts';
import { progressOn } from './progress.ts';
import { choosePrograms, versionOf } from './programs.ts';

const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort();
  process.exitCode = 130;
});
process.once('SIGTERM', () => {
  stop.abort();
  process.exitCode = 143;
});

try {
  const programs = choosePrograms(process.argv.slice(2));
  await buildPrograms(programs, { progress: progressOn(process.stderr), signal: stop.signal });
  const list = programs.map((program) => `${program.name} ${versionOf(program)}`).join(', ');
  console.log(`${relative(process.cwd(), BIN)} holds ${list}.`);
} catch (error) {
  if (!stop.signal.aborted) {
    if (!(error instanceof SlipwayError)) throw error;
    // That Go or the network is not there is no fault: one sentence says it.
    console.error(error.exitStatus === 3 ? error.message : formatError(error));
    process.exitCode = error.exitStatus;
  }
}
