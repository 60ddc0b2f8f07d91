/**
 * Runs once before all tests: builds the real programs that tests compare with, where they are not built yet.
 * Where Go or the network is missing it says so, and those tests are skipped; a program that does not build fails.
 */
import { buildPrograms } from '../../sandbox/tools/build-programs.ts';
import { progressOn } from '../../sandbox/tools/progress.ts';
import { choosePrograms } from '../../sandbox/tools/programs.ts';
import { SlipwayError } from '../../src/errors.ts';

export default async function buildTools(): Promise<void> {
  try {
    await buildPrograms(choosePrograms([]), { progress: progressOn(process.stderr) });
  } catch (error) {
    if (!(error instanceof SlipwayError && error.exitStatus === 3)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
}
