import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../../errors.ts';
import type { NewFile } from './template.ts';

/**
 * Writes all files into a folder, which is made if it is not there, or none.
 *
 * @throws SlipwayError `init/in-the-way` if anything stands where a file or one of its folders would, `init/unwritable`
 */
export function layFiles(folder: string, files: readonly NewFile[]): void {
  const inTheWay = [...new Set(files.flatMap((file) => obstacle(folder, file.path) ?? []))];
  if (inTheWay.length > 0) {
    throw new SlipwayError({
      code: 'init/in-the-way',
      message: `What a new cluster would have is here already: ${inTheWay.join(', ')}.`,
      remedy: 'Move it away, or name another folder; nothing was written.',
      place: { file: folder },
      exitStatus: 2,
    });
  }
  const made: (() => void)[] = [];
  try {
    makeFolder(folder, made);
    for (const file of files) layFile(path.join(folder, file.path), file.content, made);
  } catch (cause) {
    for (const undo of made.reverse()) undo();
    throw new SlipwayError({
      code: 'init/unwritable',
      message: `The folder cannot be written (${systemCode(cause) ?? String(cause)}); it is as it was before.`,
      remedy: 'Make it writable, or name another one.',
      place: { file: folder },
      exitStatus: 3,
      cause,
    });
  }
}

function layFile(file: string, content: string, made: (() => void)[]): void {
  makeFolder(path.dirname(file), made);
  // Never over what is there, even if it came after the look.
  const descriptor = fs.openSync(file, 'wx');
  made.push(() => {
    fs.rmSync(file, { force: true });
  });
  try {
    fs.writeFileSync(descriptor, content);
  } finally {
    fs.closeSync(descriptor);
  }
}

function makeFolder(folder: string, made: (() => void)[]): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder), made);
  fs.mkdirSync(folder);
  made.push(() => {
    fs.rmdirSync(folder);
  });
}

/** What keeps a file from being made: itself, or a part of its path that is no folder. A symlink could lead elsewhere. */
function obstacle(folder: string, file: string): string | undefined {
  const parts = file.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const part = parts.slice(0, length).join('/');
    const status = fs.lstatSync(path.join(folder, part), { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    if (length === parts.length || !status.isDirectory()) return part;
  }
  return undefined;
}
