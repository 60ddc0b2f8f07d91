/** git's merge driver for encrypted files: writes the merged file over ours, or leaves ours as it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { formatError, SlipwayError } from '../../errors.ts';
import type { SopsFile } from '../../sops/index.ts';
import { formatOf, mergeWithKey, mergeWithoutKey, readSopsFile } from '../../sops/index.ts';
import type { Io, Status } from '../command.ts';
import { keyringFrom } from './files.ts';

export interface MergeFiles {
  /** Of the three versions, as git wrote them out; `ours` takes the result. */
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** The file's own path. */
  readonly path: string;
}

/** 0: merged. 1: a conflict, with our side in place, whole. */
export async function mergeInPlace(files: MergeFiles, io: Io): Promise<Status> {
  try {
    const merged = await merge(files, io);
    writeFileSync(files.ours, merged);
    return 0;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    io.stderr.write(`${formatError(error)}\n  ${files.path} is as it is on our side.\n`);
    return 1;
  }
}

async function merge({ base, ours, theirs, path }: MergeFiles, io: Io): Promise<Buffer> {
  const before = readFileSync(base);
  const our = readFileSync(ours);
  const their = readFileSync(theirs);
  // Where one side is as it was, the other is the answer, whatever it is.
  if (our.equals(their) || before.equals(their)) return our;
  if (before.equals(our)) return their;
  const read = (bytes: Buffer): SopsFile => readSopsFile(bytes, formatOf(path), path);
  const sides = { base: before.length === 0 ? undefined : read(before), ours: read(our), theirs: read(their) };
  return mergeWithoutKey(sides) ?? mergeWithKey(sides, keyringFrom(io), new Date());
}
