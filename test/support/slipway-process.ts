import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { REPOSITORY } from './project.ts';

const running = new Set<SlipwayProcess>();
afterAll(async () => {
  await Promise.all([...running].map((one) => one.end('SIGKILL')));
});

/** A `slipway` that runs beside the test, in a process of its own; it ends with the tests of the file. */
export class SlipwayProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        // What tests keep is not the user's; the compiled code may be shared.
        XDG_CACHE_HOME: path.join(REPOSITORY, 'node_modules/.cache'),
        XDG_STATE_HOME: path.join(folder, 'state'),
        ...env,
      },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    running.add(this);
    this.#exit = once(this.#child, 'close').then(() => running.delete(this));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The exit status; undefined where a signal ended it, or it still runs. */
  get status(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** Waits until it has ended by itself. @returns the exit status */
  async ended(): Promise<number | undefined> {
    await this.#exit;
    return this.status;
  }

  /** Until it has said something. */
  async says(text: string | RegExp): Promise<void> {
    const isSaid = (): boolean => {
      const said = `${this.stdout}${this.stderr}`;
      return typeof text === 'string' ? said.includes(text) : text.test(said);
    };
    while (!isSaid()) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        await this.#exit;
        if (isSaid()) return;
        throw new Error(
          `it ended with ${String(this.status)} and did not say ${String(text)}:\n${this.stdout}${this.stderr}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** @returns how long it took to end, in milliseconds */
  async end(signal: NodeJS.Signals): Promise<number> {
    const start = performance.now();
    this.#child.kill(signal);
    await this.#exit;
    return performance.now() - start;
  }
}
