import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import { ignoreFilter, parseIgnorePatterns } from '../flux/index.ts';
import { readBlob, readBlobs } from './git/objects.ts';
import { digestOf } from './artifact-digest.ts';
import { ArtifactWriter, readStored, type StoredArtifact } from './artifact-file.ts';
import { copyKnown, rememberBlobs } from './known-blobs.ts';
import { type Artifact, onDisk, placeArtifact, type Storage, temporaryPath } from './storage.ts';
import { tooLarge } from './too-large.ts';

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
  readonly content: GitBlob | DiskFile | IncludedFile;
}

interface GitBlob {
  readonly gitDir: string;
  readonly object: string;
}

interface DiskFile {
  readonly file: string;
}

/** A file of another artifact. */
interface IncludedFile {
  readonly artifact: StoredArtifact;
  readonly path: string;
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
export function includeTree(tree: SourceTree, artifact: StoredArtifact, fromPath: string, toPath: string): SourceTree {
  const included = treeOfArtifact(artifact);
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

function treeOfArtifact(artifact: StoredArtifact): SourceTree {
  const entries = [...artifact.entries.values()];
  const files = entries
    .filter(({ mode }) => mode !== 'd')
    .map(({ path: name, mode, size }): readonly [string, SourceFile] => [
      name,
      { executable: mode === 'x', size, content: { artifact, path: name } },
    ]);
  const folders = entries.filter(({ mode }) => mode === 'd').map(({ path: name }) => name);
  return { files: new Map(files), folders: new Set(folders) };
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
  const bytes = 'object' in content ? await readBlob(content.gitDir, content.object) : bytesOf(content);
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
  const writer = onDisk(() => new ArtifactWriter(target));
  let isFinished = false;
  try {
    for (const folder of foldersOf(tree)) writer.addFolder(folder);
    await writeFiles(writer, copyKnown(storage, writer, tree), signal);
    isFinished = true;
    const entries = onDisk(() => writer.finish());
    const stored = placeArtifact(storage, target, entries);
    rememberBlobs(storage, stored, tree);
    return { digest: digestOf(entries), stored, size, files: tree.files.size };
  } catch (error) {
    if (!isFinished) writer.abandon();
    fs.rmSync(target, { force: true });
    throw error;
  }
}

function foldersOf(tree: SourceTree): ReadonlySet<string> {
  return new Set([...tree.folders, ...[...tree.files.keys(), ...tree.folders].flatMap(parents)]);
}

/** A file with its path. */
export type NamedFile = readonly [name: string, file: SourceFile];

async function writeFiles(
  writer: ArtifactWriter,
  files: readonly NamedFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const repositories = new Map<string, NamedFile[]>();
  for (const [name, file] of files) {
    const { content, executable } = file;
    if ('object' in content) {
      const blobs = repositories.get(content.gitDir) ?? [];
      blobs.push([name, file]);
      repositories.set(content.gitDir, blobs);
    } else {
      onDisk(() => {
        writer.begin(name, executable);
        writer.write(bytesOf(content));
        writer.end();
      });
    }
  }
  for (const [gitDir, blobs] of repositories) await writeBlobs(writer, gitDir, blobs, signal);
}

function bytesOf(content: DiskFile | IncludedFile): Buffer {
  if ('file' in content) return fs.readFileSync(content.file);
  const bytes = readStored(content.artifact, content.path);
  if (bytes === undefined) throw new TypeError(`no file of the artifact: ${content.path}`);
  return bytes;
}

async function writeBlobs(
  writer: ArtifactWriter,
  gitDir: string,
  files: readonly NamedFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  let written = 0;
  const objects = files.map(([, { content }]) => ('object' in content ? content.object : ''));
  await readBlobs(
    gitDir,
    objects,
    {
      begin: () => {
        const [name, file] = files[written] ?? [];
        if (name !== undefined && file !== undefined) writer.begin(name, file.executable);
      },
      write: (piece) => {
        onDisk(() => {
          writer.write(piece);
        });
      },
      end: () => {
        writer.end();
        written++;
      },
    },
    signal,
  );
  if (written === files.length) return;
  throw new SlipwayError({ code: 'sources/git-failed', message: 'git gave fewer files than it has.', exitStatus: 3 });
}
