import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { onSynth, type Cluster } from '../../constructs/index.ts';
import { SlipwayError, formatError } from '../errors.ts';

/**
 * Runs a program in this process to the point where its clusters are known: to the end of its module, and if it has
 * called no `synth()` by then, until nothing is left for it to do (it may wait for something first).
 *
 * Nothing that it does makes a Cluster write: one that comes too late is an error, not a surprise.
 *
 * @throws what the program throws
 */
export async function runProgram(program: string): Promise<readonly Cluster[]> {
  const clusters = new Set<Cluster>();
  onSynth((cluster) => clusters.add(cluster));
  const crash = watchForCrash();
  process.once('exit', sayThatItExited);
  try {
    await Promise.race([import(pathToFileURL(program).href), crash.happened]);
    if (clusters.size === 0) await Promise.race([nothingLeft(), crash.happened]);
  } finally {
    process.off('exit', sayThatItExited);
    crash.stopWatching();
    onSynth(tooLate);
  }
  return [...clusters];
}

function nothingLeft(): Promise<void> {
  return new Promise((resolve) => {
    process.once('beforeExit', () => {
      resolve();
    });
  });
}

/** An exception in something that the program started and does not wait for. */
function watchForCrash(): { readonly happened: Promise<never>; readonly stopWatching: () => void } {
  let report: (error: unknown) => void = () => undefined;
  const happened = new Promise<never>((_resolve, reject) => {
    report = reject;
  });
  happened.catch(() => undefined);
  process.once('uncaughtException', report);
  return {
    happened,
    stopWatching: () => {
      process.off('uncaughtException', report);
    },
  };
}

/** Without this, `slipway synth --check` of such a program would end well and have checked nothing. */
function sayThatItExited(): void {
  const error = new SlipwayError({
    code: 'cli/program-exited',
    message: 'The program ended the process before its clusters were taken; nothing was written.',
    remedy: 'Take the call of process.exit() out of it.',
  });
  fs.writeSync(process.stderr.fd, `${formatError(error)}\n`);
  process.exitCode = 2;
}

function tooLate(cluster: Cluster): never {
  throw new SlipwayError({
    code: 'cli/late-synth',
    message: `The program calls synth() on ${cluster.name} after other clusters of it were taken; it is not written.`,
    remedy: 'Await what comes before it at the top level of the program.',
    exitStatus: 2,
  });
}
