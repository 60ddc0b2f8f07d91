import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../errors.ts';
import { OWNERSHIP_FILE } from '../tree/index.ts';
import type { Io } from './command.ts';

/** Editors write a file in several steps; what comes within this time is one save. */
const QUIET_MS = 20;
/** What no program is made of. */
const IGNORED = new Set(['.git', '.slipway', 'node_modules', 'dist', 'lib']);

/** Tells a synth that is started ahead to wait for a line on its standard input (`awaitGo`). */
export const AHEAD = 'SLIPWAY_AHEAD';

/**
 * Synthesizes now and after each save, in a process of its own each time, since a module that was loaded cannot be
 * loaded anew. The next process is started ahead and has loaded the libraries when the save comes.
 *
 * @param args of `slipway synth`, without `--watch`
 * @returns when the user ends it
 */
export async function watchAndSynth(args: readonly string[], io: Io): Promise<0> {
  const script = process.argv[1] ?? '';
  let next = startAhead(script, args, io);
  let running: ChildProcess | undefined;
  let isStale = true;
  let isOver = false;

  const run = (): void => {
    if (isOver || running !== undefined || !isStale) return;
    isStale = false;
    running = next;
    next = startAhead(script, args, io);
    running.once('exit', () => {
      running = undefined;
      io.stderr.write('Waiting for a save; Ctrl-C ends.\n');
      run();
    });
    running.stdin?.end('go\n');
  };

  const stopWatching = watchFolders(io.cwd, () => {
    isStale = true;
    run();
  });
  run();
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  isOver = true;
  stopWatching();
  for (const child of [running, next]) child?.kill();
  return 0;
}

/** In a process that was started ahead: loads what most programs import, and waits for the save. */
export async function awaitGo(io: Io): Promise<void> {
  await import('cdk8s-plus-28');
  for await (const line of io.stdin) if (String(line).startsWith('go')) return;
  process.exit(0); // The watch is gone.
}

function startAhead(script: string, args: readonly string[], io: Io): ChildProcess {
  return spawn(process.execPath, [script, 'synth', ...args], {
    cwd: io.cwd,
    env: { ...io.env, [AHEAD]: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

/** Calls `onSave` after each change in a folder below `root`, but for those that hold no program. */
function watchFolders(root: string, onSave: () => void): () => void {
  const watchers = new Map<string, fs.FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      follow();
      onSave();
    }, QUIET_MS);
  };
  /** Watches each folder by itself: Node's recursive watch would go through all of node_modules too. */
  const follow = (): void => {
    const folders = foldersBelow(root);
    for (const folder of folders) {
      const watcher = watchers.has(folder) ? undefined : ifThere(() => fs.watch(folder, changed));
      if (watcher !== undefined) watchers.set(folder, watcher);
    }
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
  };
  follow();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** Without the trees that synth writes: what happens there is no save. */
function foldersBelow(folder: string, found = new Set<string>()): Set<string> {
  const entries = ifThere(() => fs.readdirSync(folder, { withFileTypes: true }));
  if (entries === undefined) return found;
  found.add(folder);
  for (const entry of entries) {
    const child = path.join(folder, entry.name);
    if (!entry.isDirectory() || IGNORED.has(entry.name) || fs.existsSync(path.join(child, OWNERSHIP_FILE))) continue;
    foldersBelow(child, found);
  }
  return found;
}

/** Folders come and go while they are listed: `undefined` where one is gone. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
