/** Files on disk: read whole, and replaced in one step, so that nobody ever sees half of one. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { failure } from './failure.ts';
import { MAX_BYTES } from './format.ts';

/** A file as it was read, so that a write can tell whether it is still the same. */
export interface FileOnDisk {
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * Reads a file, whole or not at all.
 *
 * @throws {SlipwayError} `sops/unreadable`, `sops/changed-while-read` (status 3), `sops/too-large`, `sops/not-a-file`.
 */
export function readFileWhole(path: string): FileOnDisk {
  let descriptor: number;
  try {
    // Without O_NONBLOCK a named pipe would hold the program up until somebody writes to it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const isMissing = systemCode(cause) === 'ENOENT';
    throw failure('unreadable', isMissing ? 'There is no such file.' : 'The file cannot be read.', {
      file: path,
      exitStatus: 3,
      cause,
    });
  }
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (!before.isFile())
      throw failure('not-a-file', 'This is a folder, a device or a pipe, and no file.', { file: path, exitStatus: 2 });
    if (before.size > MAX_BYTES) {
      throw failure('too-large', `The file is larger than ${MAX_BYTES / 1024 / 1024} MiB.`, { file: path });
    }
    const bytes = Buffer.alloc(Number(before.size));
    for (let at = 0; at < bytes.length;) {
      const count = readSync(descriptor, bytes, at, bytes.length - at, null);
      if (count === 0) throw changed(path);
      at += count;
    }
    const after = fstatSync(descriptor, { bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changed(path);
    return { path, bytes };
  } finally {
    closeSync(descriptor);
  }
}

const changed = (path: string) =>
  failure('changed-while-read', 'The file changed while it was read.', {
    file: path,
    exitStatus: 3,
    remedy: 'Try again.',
  });

/**
 * Replaces a file by another content in one step: it is written beside it, forced to disk, and renamed. What is
 * written is ciphertext; plaintext never goes through here. A link is followed, so that the file behind it is replaced.
 *
 * @param expected The content on which the new one is based; where the file has another by now, nothing is written.
 * Undefined where the file must not exist yet.
 * @throws {SlipwayError} `sops/changed-meanwhile`, `sops/exists`, `sops/unwritable` (status 3).
 */
export function replaceFile(path: string, bytes: Buffer, expected: Buffer | undefined): void {
  const target = resolveLink(path);
  if (expected === undefined) {
    if (target.exists) throw failure('exists', 'The file exists already.', { file: path, exitStatus: 2 });
  } else if (!readFileWhole(target.path).bytes.equals(expected)) {
    throw failure('changed-meanwhile', 'The file was changed by another program meanwhile; nothing was written.', {
      file: path,
      exitStatus: 3,
      remedy: 'Look at the change, then make yours again.',
    });
  }
  const temporary = join(dirname(target.path), `.${basename(target.path)}.${randomBytes(6).toString('hex')}`);
  try {
    const descriptor = openSync(temporary, 'wx', target.mode);
    try {
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target.path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw failure('unwritable', 'The file cannot be written.', { file: path, exitStatus: 3, cause });
  }
}

function resolveLink(path: string): { path: string; exists: boolean; mode: number } {
  try {
    const real = realpathSync(path);
    return { path: real, exists: true, mode: lstatSync(real).mode & 0o777 };
  } catch {
    return { path, exists: false, mode: 0o644 };
  }
}
