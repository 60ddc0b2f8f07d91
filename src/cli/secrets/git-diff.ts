/** What git diff shows of an encrypted file: a line for each value, which changes when the value does. */
import { createHash } from 'node:crypto';
import type { Branch, SopsFile } from '../../sops/index.ts';
import {
  formatOf,
  formatPath,
  leavesOf,
  mapLeaves,
  openSopsFile,
  plaintextOf,
  readFileWhole,
  readSopsFile,
  shorten,
} from '../../sops/index.ts';
import { SlipwayError } from '../../errors.ts';
import type { Io, Status } from '../command.ts';
import { keyringFrom } from './files.ts';

export async function showForDiff(path: string, io: Io): Promise<Status> {
  const { bytes } = readFileWhole(path);
  let sealed: SopsFile;
  try {
    sealed = readSopsFile(bytes, formatOf(path));
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    // Not encrypted, or broken: git shows what it would have shown.
    io.stdout.write(bytes);
    return 0;
  }
  const wantsValues = io.env.SLIPWAY_SHOW_VALUES === '1' && io.stderr.isTTY;
  io.stdout.write(wantsValues ? await withValues(sealed, io) : withoutValues(sealed));
  return 0;
}

async function withValues(sealed: SopsFile, io: Io): Promise<Buffer | string> {
  try {
    const opened = await openSopsFile(sealed, keyringFrom(io));
    const plain = plaintextOf(opened);
    opened.close();
    return plain;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return withoutValues(sealed);
  }
}

function withoutValues(sealed: SopsFile): string {
  const lines = sealed.documents.flatMap((document, index) => [
    ...(index > 0 ? ['---'] : []),
    ...linesOf(document, sealed),
  ]);
  const { groups, rule } = sealed.metadata;
  for (const { kind, id } of groups.flat()) lines.push(`sops: ${kind} ${shorten(id)}`);
  lines.push(`sops: ${rule.kind} ${rule.value}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Plain values as they are; of encrypted ones a few letters of the ciphertext's digest, which tell nothing. */
function linesOf(document: Branch, sealed: SopsFile): string[] {
  const states = leavesOf([document], sealed.metadata).map(({ state }) => state);
  const lines: string[] = [];
  let next = 0;
  mapLeaves([document], ({ item, path }) => {
    if (item.kind === 'comment') return item;
    const state = states[next++];
    const text = item.bytes.toString();
    const digest = createHash('sha256').update(item.bytes).digest('hex').slice(0, 12);
    lines.push(
      `${formatPath(path)}: ${state === 'plain' || state === 'empty' ? JSON.stringify(text) : `encrypted ${digest}`}`,
    );
    return item;
  });
  return lines;
}
