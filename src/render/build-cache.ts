import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** What programs made of inputs, by the digest of all of these. */
export interface BuildCache {
  get(key: string): string | undefined;
  set(key: string, text: string): void;
}

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * A cache in a folder. Each entry is written beside and moved into place, so any number of processes may use it at once,
 * and one that was killed leaves no half an entry. When it grows beyond its bound the entries longest unused go.
 */
export function createDiskCache(folder: string, maxBytes = MAX_BYTES): BuildCache {
  return {
    get(key) {
      const file = path.join(folder, key);
      try {
        const text = gunzipSync(fs.readFileSync(file)).toString('utf8');
        const now = new Date();
        fs.utimesSync(file, now, now);
        return text;
      } catch {
        // Not there, or not readable any more: then it is made anew.
        return undefined;
      }
    },
    set(key, text) {
      const staged = path.join(folder, `.${key}-${randomBytes(6).toString('hex')}`);
      try {
        fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
        fs.writeFileSync(staged, gzipSync(text, { level: 1 }), { mode: 0o600 });
        fs.renameSync(staged, path.join(folder, key));
        prune(folder, maxBytes);
      } catch {
        // A cache that cannot be written costs time and nothing else.
        fs.rmSync(staged, { force: true });
      }
    },
  };
}

function prune(folder: string, maxBytes: number): void {
  const entries = fs.readdirSync(folder).flatMap((name) => {
    const stats = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, size: stats.size, usedAt: stats.mtimeMs }];
  });
  let size = entries.reduce((sum, entry) => sum + entry.size, 0);
  for (const entry of entries.sort((a, b) => a.usedAt - b.usedAt)) {
    if (size <= maxBytes) return;
    fs.rmSync(path.join(folder, entry.name), { force: true });
    size -= entry.size;
  }
}
