import { isUtf8 } from 'node:buffer';
import { SlipwayError } from '../../errors.ts';
import { localGit } from './run-git.ts';

/** An entry of a commit's tree, at any depth. */
export interface GitEntry {
  /** From the root, with `/` between names. */
  readonly path: string;
  /** `commit` is a submodule. */
  readonly kind: 'file' | 'folder' | 'symlink' | 'commit';
  readonly executable: boolean;
  readonly object: string;
  /** In bytes; 0 for what is no file. */
  readonly size: number;
}

export async function initRepository(gitDir: string, signal: AbortSignal): Promise<void> {
  await localGit(['init', '--quiet', '--bare', '--template='], { gitDir, signal });
}

/** The whole tree of a commit. @throws SlipwayError `sources/path-refused` for a name that no folder can hold. */
export async function listTree(gitDir: string, commit: string, signal: AbortSignal): Promise<GitEntry[]> {
  const output = await localGit(['ls-tree', '-r', '-t', '-z', '--long', '--full-tree', commit], { gitDir, signal });
  const entries: GitEntry[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    const tab = output.indexOf(9, start);
    const [mode = '', type, object = '', size = ''] = output.toString('latin1', start, tab).split(/ +/);
    const path = decodePath(output.subarray(tab + 1, end));
    start = end + 1;
    const kind = type === 'tree' ? 'folder' : type === 'commit' ? 'commit' : mode === '120000' ? 'symlink' : 'file';
    entries.push({ path, kind, executable: mode === '100755', object, size: Number(size) || 0 });
  }
  return entries;
}

function decodePath(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw pathRefused(JSON.stringify(bytes.toString('latin1')), 'it is not UTF-8');
  const path = bytes.toString('utf8');
  const names = path.split('/');
  if (names.some((name) => ['', '.', '..', '.git'].includes(name.toLowerCase()))) {
    throw pathRefused(JSON.stringify(path), 'it would lie outside of its folder, or inside of git’s own');
  }
  return path;
}

function pathRefused(path: string, why: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/path-refused',
    message: `The repository holds the path ${path}, which is refused: ${why}.`,
    remedy: 'Remove the file from the repository.',
  });
}

/** Takes the bytes of objects, one after the other, in pieces. */
export interface BlobSink {
  readonly begin: (object: string) => void;
  readonly write: (piece: Buffer) => void;
  readonly end: () => void;
}

/** `git cat-file --batch`: the bytes of objects as they are in the repository, which no filter has touched. */
export async function readBlobs(
  gitDir: string,
  objects: readonly string[],
  sink: BlobSink,
  signal?: AbortSignal,
): Promise<void> {
  if (objects.length === 0) return;
  let header = Buffer.alloc(0);
  let left = -1;
  const onOutput = (chunk: Buffer) => {
    let at = 0;
    while (at < chunk.length) {
      if (left === -1) {
        const line = chunk.indexOf(10, at);
        header = Buffer.concat([header, chunk.subarray(at, line === -1 ? chunk.length : line)]);
        if (line === -1) return;
        at = line + 1;
        left = beginObject(header.toString('latin1'), sink);
        header = Buffer.alloc(0);
      }
      const piece = chunk.subarray(at, at + left);
      if (piece.length > 0) sink.write(piece);
      at += piece.length;
      left -= piece.length;
      // A line end stands after each object.
      if (left === 0 && at < chunk.length) {
        at += 1;
        left = -1;
        sink.end();
      }
    }
  };
  await localGit(['cat-file', '--batch'], { gitDir, signal, input: `${objects.join('\n')}\n`, onOutput });
}

function beginObject(header: string, sink: BlobSink): number {
  const [object = '', kind, size] = header.split(' ');
  if (size === undefined) {
    throw new SlipwayError({
      code: 'sources/git-failed',
      message: `The object ${object} is ${kind ?? 'missing'} in the repository that was fetched.`,
      exitStatus: 3,
    });
  }
  sink.begin(object);
  return Number(size);
}

/** One object's bytes, for those that are small. */
export async function readBlob(gitDir: string, object: string, signal?: AbortSignal): Promise<Buffer> {
  return localGit(['cat-file', '-p', object], { gitDir, signal });
}
