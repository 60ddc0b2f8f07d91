import { spawn, type ChildProcess } from 'node:child_process';
import { SlipwayError } from '../errors.ts';
import type { Io } from './command.ts';
import { watchFolders } from './watch-folders.ts';

/** Tells a synth that is started ahead to wait for a line on its standard input (`awaitGo`). */
export const AHEAD = 'SLIPWAY_AHEAD';

/**
 * Synthesizes now and after each save, in a process of its own each time, since a module that was loaded cannot be
 * loaded anew. The next process is started when the last one has ended, and has loaded the libraries when the save
 * comes.
 *
 * @param args of `slipway synth`, without `--watch`
 * @returns when the user ends it
 * @throws SlipwayError `watch/unwatchable`, `watch/process`
 */
export async function watchAndSynth(args: readonly string[], io: Io): Promise<0> {
  let isOver = false;
  const { promise: end, resolve, reject } = Promise.withResolvers<undefined>();
  const stop = (error?: SlipwayError): void => {
    isOver = true;
    if (error === undefined) resolve(undefined);
    else reject(error);
  };
  const onSignal = (): void => {
    stop();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);

  let child: ChildProcess | undefined;
  let isRunning = false;
  let isStale = true;
  const run = (): void => {
    if (isRunning || !isStale) return;
    isRunning = true;
    isStale = false;
    child?.stdin?.end('go\n');
  };
  const startNext = (): void => {
    child = startAhead(args, io);
    // A process that is gone before it reads is told of by `exit`.
    child.stdin?.on('error', () => undefined);
    child.once('error', (cause) => {
      stop(noProcess(cause));
    });
    child.once('exit', () => {
      if (isOver) return;
      if (!isRunning) {
        stop(noProcess());
        return;
      }
      isRunning = false;
      startNext();
      if (!isStale) io.stderr.write('Waiting for a save; Ctrl-C ends.\n');
      run();
    });
  };

  const onSave = (): void => {
    isStale = true;
    run();
  };
  const stopWatching = watchFolders(io.cwd, onSave, stop);
  startNext();
  run();
  try {
    await end;
  } finally {
    stopWatching();
    child?.kill();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  return 0;
}

/** In a process that was started ahead: loads and runs what most programs do, and waits for the save. */
export async function awaitGo(io: Io): Promise<void> {
  // What the program starts is no synth that waits.
  delete process.env.SLIPWAY_AHEAD;
  const { warmUp } = await import('./warm-up.ts');
  warmUp();
  for await (const line of io.stdin) if (String(line).startsWith('go')) return;
  process.exit(0); // The watch is gone.
}

function startAhead(args: readonly string[], io: Io): ChildProcess {
  return spawn(process.execPath, [process.argv[1] ?? '', 'synth', ...args], {
    cwd: io.cwd,
    env: { ...io.env, [AHEAD]: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

function noProcess(cause?: Error): SlipwayError {
  return new SlipwayError({
    code: 'watch/process',
    message: 'The process that would run the program cannot be started, or ended before it was to begin.',
    remedy: 'See what `slipway synth` says.',
    exitStatus: 3,
    cause,
  });
}
