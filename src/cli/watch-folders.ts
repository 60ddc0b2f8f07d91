import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { OWNERSHIP_FILE } from '../tree/index.ts';

/** Editors write a file in several steps; what comes within this time is one save. */
const QUIET_MS = 20;
/** What no program is made of. */
const IGNORED = new Set(['.git', '.slipway', 'node_modules']);
/** The output folder of `cdk8s synth`. */
const OUTPUT = 'dist';

/**
 * Calls `onSave` after each change below `root`, but for what holds no program and for the trees that synth writes.
 * Each folder is watched by itself: Node's recursive watch would go through all of node_modules too.
 *
 * @param onError is told, once, why no change would be seen any more
 * @returns what ends it
 * @throws SlipwayError `watch/unwatchable`
 */
export function watchFolders(root: string, onSave: () => void, onError: (error: SlipwayError) => void): () => void {
  const watchers = new Map<string, fs.FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    timer = undefined;
    try {
      follow();
    } catch (error) {
      close();
      onError(unwatchable(error, root));
      return;
    }
    onSave();
  };
  const changed = (folder: string, name: string | null): void => {
    // Loading the program again for what it is not made of would only be noise.
    if (name !== null && isIgnored(root, folder, name)) return;
    clearTimeout(timer);
    timer = setTimeout(settle, QUIET_MS);
  };
  const follow = (): void => {
    const folders = foldersBelow(root, root);
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const watcher = watch(folder, changed);
      if (watcher === undefined) continue;
      watchers.set(folder, watcher);
      watcher.once('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
    }
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
  };
  const close = (): void => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };

  try {
    follow();
  } catch (error) {
    close();
    throw unwatchable(error, root);
  }
  return close;
}

/** `undefined` where the folder is gone again. */
function watch(folder: string, changed: (folder: string, name: string | null) => void): fs.FSWatcher | undefined {
  try {
    return fs.watch(folder, (_, name) => {
      changed(folder, name);
    });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function foldersBelow(root: string, folder: string, found = new Set<string>()): Set<string> {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Gone since it was listed; and what cannot be read is no part of a program that runs.
    if (folder !== root && ['ENOENT', 'EACCES'].includes(systemCode(error) ?? '')) return found;
    throw error;
  }
  found.add(folder);
  for (const entry of entries) {
    if (entry.isDirectory() && !isIgnored(root, folder, entry.name)) {
      foldersBelow(root, path.join(folder, entry.name), found);
    }
  }
  return found;
}

function isIgnored(root: string, folder: string, name: string): boolean {
  if (IGNORED.has(name) || (name === OUTPUT && folder === root)) return true;
  return fs.existsSync(path.join(folder, name, OWNERSHIP_FILE));
}

function unwatchable(error: unknown, root: string): SlipwayError {
  const code = systemCode(error);
  const isLimit = code === 'ENOSPC' || code === 'EMFILE';
  return new SlipwayError({
    code: 'watch/unwatchable',
    message: `The folders of the project cannot be watched (${code ?? String(error)}).`,
    remedy: isLimit
      ? 'Raise what the system allows: sysctl fs.inotify.max_user_watches and fs.inotify.max_user_instances.'
      : 'Make them readable.',
    place: { file: root },
    exitStatus: 3,
    cause: error,
  });
}
