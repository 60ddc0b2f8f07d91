import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import { ignoreFilter, parseIgnorePatterns } from '../flux/index.ts';
import { readBlob, readBlobs } from './git/objects.ts';
import { linkKnown, rememberBlobs } from './link-blobs.ts';
import { tooLarge } from './too-large.ts';
import { type DigestEntry, digestOf } from './artifact-digest.ts';
import { type Artifact, digestsOf, onDisk, placeArtifact, type Storage, temporaryPath } from './storage.ts';

/** The files of a source before they are an artifact: where each will be, and where its bytes are now. */
export interface SourceTree {
  /** By path, with `/` between names. No symlinks: Flux's artifacts hold none (storage.Archive). */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Folders, those without files too: Flux keeps them. */
  readonly folders: ReadonlySet<string>;
}

export interface SourceFile {
  readonly executable: boolean;
  readonly size: number;
  readonly content: GitBlob | DiskFile;
}

interface GitBlob {
  readonly gitDir: string;
  readonly object: string;
}

interface DiskFile {
  readonly file: string;
}

/** What a source may hold. */
export interface SourceLimits {
  /** Of all files together; for git also of what is transferred. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export const DEFAULT_LIMITS: SourceLimits = { maxBytes: 1024 * 1024 * 1024, maxFiles: 200_000 };

const IGNORE_FILE = '.sourceignore';
/** More than this is no list of patterns. */
const MAX_IGNORE_FILE_BYTES = 1024 * 1024;

/** The files and folders of a folder on disk: regular files only, whatever links lead elsewhere. */
export function readFolder(root: string): SourceTree {
  const files = new Map<string, SourceFile>();
  const folders = new Set<string>();
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file).replaceAll(path.sep, '/');
    if (entry.isDirectory()) folders.add(name);
    else if (entry.isFile()) files.set(name, diskFile(file));
  }
  return { files, folders };
}

export function diskFile(file: string): SourceFile {
  const { mode, size } = fs.statSync(file);
  return { executable: (mode & 0o111) !== 0, size, content: { file } };
}

/**
 * Only what begins with one of the paths: `spec.sparseCheckout`, as go-git's Index.SkipUnless compares, by text, so that
 * `apps` takes `apps-old` too.
 *
 * @throws SlipwayError `sources/sparse-path-missing` (validateSparseCheckoutPaths).
 */
export function sparseTree(tree: SourceTree, prefixes: readonly string[]): SourceTree {
  if (prefixes.length === 0) return tree;
  for (const prefix of prefixes) {
    const name = path.posix.join('.', prefix).replace(/\/$/, '');
    if (name !== '.' && !tree.files.has(name) && !tree.folders.has(name)) {
      throw new SlipwayError({
        code: 'sources/sparse-path-missing',
        message: `The repository has no ${JSON.stringify(prefix)}, which spec.sparseCheckout names.`,
        remedy: 'Correct spec.sparseCheckout.',
      });
    }
  }
  const files = [...tree.files].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
  return { files: new Map(files), folders: new Set(files.flatMap(([name]) => parents(name))) };
}

/** The folders that a path lies in, the outermost first. */
export function parents(name: string): string[] {
  const names = name.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** A tree with another one at a path, which must be free (spec.include; the storage's CopyToPath). */
export function includeTree(tree: SourceTree, folder: string, fromPath: string, toPath: string): SourceTree {
  const included = readFolder(folder);
  const from = relativePath(fromPath);
  const to = relativePath(toPath);
  const single = included.files.get(from);
  if (from !== '' && single === undefined && !included.folders.has(from)) {
    throw includeFailed(`the included source has no ${JSON.stringify(fromPath)}`);
  }
  const isTaken =
    to === '' ||
    tree.files.has(to) ||
    parents(to).some((parent) => tree.files.has(parent)) ||
    [...tree.files.keys(), ...tree.folders].some((name) => name.startsWith(`${to}/`));
  if (isTaken) throw includeFailed(`there is already something at ${JSON.stringify(toPath)}`);
  const move = (name: string) => (from === '' ? `${to}/${name}` : `${to}${name.slice(from.length)}`);
  const isInside = (name: string) => from === '' || name === from || name.startsWith(`${from}/`);
  const files = [...included.files]
    .filter(([name]) => isInside(name))
    .map(([name, file]) => [move(name), file] as const);
  const folders = [...included.folders].filter(isInside).map(move);
  return {
    files: new Map([...tree.files, ...files]),
    folders: new Set([...tree.folders, ...parents(to), ...(single === undefined ? [to] : []), ...folders]),
  };
}

/** As securejoin.SecureJoin: `..` never leads out of the root. '' is the root. */
function relativePath(text: string): string {
  return path.posix.join('/', text).replace(/\/+$/, '').slice(1);
}

function includeFailed(why: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/include-failed',
    message: `spec.include cannot be carried out: ${why}.`,
    remedy: 'Correct fromPath or toPath.',
  });
}

/**
 * A tree without what its `.sourceignore` files and `spec.ignore` leave out; where there is neither, without what Flux
 * leaves out by default (reconcileArtifact).
 */
export async function withoutIgnored(tree: SourceTree, ignore: string | undefined): Promise<SourceTree> {
  const ignoreFiles = [...tree.files].filter(([name]) => path.posix.basename(name) === IGNORE_FILE);
  const patterns = [];
  // An outer folder's patterns come first, so that those of an inner one have the last word.
  for (const [name, file] of ignoreFiles.sort(([left], [right]) => depth(left) - depth(right))) {
    if (file.size > MAX_IGNORE_FILE_BYTES) throw tooLarge(name, MAX_IGNORE_FILE_BYTES);
    const folder = path.posix.dirname(name);
    patterns.push(...parseIgnorePatterns(await readText(file), folder === '.' ? '' : folder));
  }
  if (ignore !== undefined) patterns.push(...parseIgnorePatterns(ignore));
  const isLeftOut = ignoreFilter(patterns);
  return {
    files: new Map([...tree.files].filter(([name]) => !isLeftOut(name, false))),
    folders: new Set([...tree.folders].filter((name) => !isLeftOut(name, true))),
  };
}

function depth(name: string): number {
  return name.split('/').length;
}

async function readText({ content }: SourceFile): Promise<string> {
  const bytes = 'file' in content ? fs.readFileSync(content.file) : await readBlob(content.gitDir, content.object);
  return bytes.toString('utf8');
}

/**
 * Writes a tree into the storage.
 *
 * @throws SlipwayError `sources/too-large`, `sources/disk-full`, `sources/storage-failed`.
 */
export async function storeTree(
  storage: Storage,
  tree: SourceTree,
  limits: SourceLimits,
  signal?: AbortSignal,
): Promise<Omit<Artifact, 'revision'>> {
  const size = [...tree.files.values()].reduce((total, file) => total + file.size, 0);
  if (size > limits.maxBytes) throw tooLarge('The source', limits.maxBytes);
  if (tree.files.size > limits.maxFiles) {
    throw new SlipwayError({
      code: 'sources/too-large',
      message: `The source has ${tree.files.size} files, more than the limit of ${limits.maxFiles}.`,
      remedy: 'Leave files out by .sourceignore, or raise the limit.',
    });
  }
  const target = temporaryPath(storage);
  try {
    const folders = makeFolders(target, tree);
    const { linked, others } = linkKnown(storage, target, tree);
    const entries = [...folders, ...linked, ...(await writeFiles(target, others, signal))];
    const digest = digestOf(entries);
    const folder = placeArtifact(storage, target, entries);
    const digests = digestsOf(storage, digest);
    rememberBlobs(storage, folder, tree, digests);
    return { digest, folder, size, files: tree.files.size, digests };
  } catch (error) {
    fs.rmSync(target, { recursive: true, force: true });
    throw error;
  }
}

function makeFolders(target: string, tree: SourceTree): DigestEntry[] {
  const folders = new Set([...tree.folders, ...[...tree.files.keys(), ...tree.folders].flatMap(parents)]);
  onDisk(() => {
    fs.mkdirSync(target, { mode: 0o750 });
    // An outer folder's name is shorter than that of a folder in it.
    for (const folder of [...folders].sort((left, right) => left.length - right.length)) {
      fs.mkdirSync(path.join(target, folder), { mode: 0o750 });
    }
  });
  return [...folders].map((folder) => ({ path: folder, mode: 'd', content: '' }));
}

type Files = Iterable<readonly [name: string, file: SourceFile]>;

async function writeFiles(target: string, files: Files, signal: AbortSignal | undefined): Promise<DigestEntry[]> {
  const entries: DigestEntry[] = [];
  const repositories = new Map<string, (readonly [name: string, file: SourceFile])[]>();
  for (const [name, file] of files) {
    const { content } = file;
    if ('file' in content) {
      const writer = new FileWriter(target, name, file.executable);
      writer.write(onDisk(() => fs.readFileSync(content.file)));
      entries.push(writer.end());
    } else {
      const blobs = repositories.get(content.gitDir) ?? [];
      blobs.push([name, file]);
      repositories.set(content.gitDir, blobs);
    }
  }
  for (const [gitDir, blobs] of repositories) entries.push(...(await writeBlobs(target, gitDir, blobs, signal)));
  return entries;
}

async function writeBlobs(
  target: string,
  gitDir: string,
  files: readonly (readonly [name: string, file: SourceFile])[],
  signal: AbortSignal | undefined,
): Promise<DigestEntry[]> {
  const entries: DigestEntry[] = [];
  let writer: FileWriter | undefined;
  const objects = files.map(([, { content }]) => ('object' in content ? content.object : ''));
  try {
    await readBlobs(
      gitDir,
      objects,
      {
        begin: () => {
          const [name, file] = files[entries.length] ?? [];
          if (name !== undefined && file !== undefined) writer = new FileWriter(target, name, file.executable);
        },
        write: (piece) => writer?.write(piece),
        end: () => {
          if (writer !== undefined) entries.push(writer.end());
          writer = undefined;
        },
      },
      signal,
    );
  } finally {
    writer?.close();
  }
  if (entries.length === files.length) return entries;
  throw new SlipwayError({ code: 'sources/git-failed', message: 'git gave fewer files than it has.', exitStatus: 3 });
}

/** Writes one file with the mode that Flux gives it, and takes its digest on the way. */
class FileWriter {
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #name: string;
  readonly #executable: boolean;

  constructor(target: string, name: string, executable: boolean) {
    this.#name = name;
    this.#executable = executable;
    // Never over another file: two names may be one on a disk that does not tell capitals apart.
    this.#descriptor = onDisk(() => fs.openSync(path.join(target, name), 'wx', executable ? 0o700 : 0o600));
  }

  write(piece: Buffer): void {
    this.#hash.update(piece);
    for (let at = 0; at < piece.length;) {
      at += onDisk(() => fs.writeSync(this.#descriptor, piece, at));
    }
  }

  close(): void {
    onDisk(() => {
      fs.closeSync(this.#descriptor);
    });
  }

  end(): DigestEntry {
    this.close();
    return { path: this.#name, mode: this.#executable ? 'x' : '-', content: this.#hash.digest('hex') };
  }
}
