import { posix } from 'node:path';

/**
 * A folder of files as data: what a Flux artifact holds. Paths are relative to its root, with `/` between names,
 * without `.` or `..`; the root itself is ''. There are no symlinks, as in an artifact.
 */
export interface FileTree {
  /** The content of a file, undefined where there is no file of that path. */
  read(path: string): Buffer | undefined;
  isFolder(path: string): boolean;
  /** SHA-256 of a file's content, in hexadecimal digits, where it is known without reading it. */
  digest?(path: string): string | undefined;
  /** The names in a folder with those of folders ending in `/`, in no particular order; none where it does not exist. */
  list(folder: string): readonly string[];
}

/** A path relative to a folder of the tree, as a path of the tree; undefined where it leads out of it. */
export function resolvePath(folder: string, path: string): string | undefined {
  const joined = posix.join('/', folder === '' ? '.' : folder, path);
  // posix.join stops at the root where the path goes on beyond it: count the steps instead.
  return climbsOut(folder, path) ? undefined : joined.replace(/^\/+|\/+$/g, '');
}

function climbsOut(folder: string, path: string): boolean {
  let depth = folder === '' ? 0 : folder.split('/').length;
  for (const step of path.split('/')) {
    if (step === '..') depth--;
    else if (step !== '' && step !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** A tree of files in memory, by path. */
export class MemoryTree implements FileTree {
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #folders = new Map<string, Set<string>>([['', new Set()]]);

  constructor(files: Iterable<readonly [path: string, content: Buffer | string]>) {
    this.#files = new Map(Array.from(files, ([path, content]) => [path, Buffer.from(content)]));
    for (const path of this.#files.keys()) this.#addToFolder(path, '');
  }

  #addToFolder(path: string, mark: string): void {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(slash, 0));
    const names = this.#folders.get(folder);
    const name = `${path.slice(slash + 1)}${mark}`;
    if (names !== undefined) names.add(name);
    else {
      this.#folders.set(folder, new Set([name]));
      this.#addToFolder(folder, '/');
    }
  }

  read(path: string): Buffer | undefined {
    return this.#files.get(path);
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  list(folder: string): readonly string[] {
    return Array.from(this.#folders.get(folder) ?? []);
  }
}

/** A tree in which some files are other than in the tree below, such as a kustomization.yaml that Flux rewrites. */
export class OverlaidTree implements FileTree {
  readonly #below: FileTree;
  readonly #files: ReadonlyMap<string, Buffer>;

  constructor(below: FileTree, files: ReadonlyMap<string, Buffer>) {
    this.#below = below;
    this.#files = files;
  }

  read(path: string): Buffer | undefined {
    return this.#files.get(path) ?? this.#below.read(path);
  }

  isFolder(path: string): boolean {
    return this.#below.isFolder(path);
  }

  digest(path: string): string | undefined {
    return this.#files.has(path) ? undefined : this.#below.digest?.(path);
  }

  list(folder: string): readonly string[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    const added = Array.from(this.#files.keys(), (path) => path.slice(prefix.length)).filter(
      (name, index) => Array.from(this.#files.keys())[index]?.startsWith(prefix) === true && !name.includes('/'),
    );
    return Array.from(new Set([...this.#below.list(folder), ...added]));
  }
}
