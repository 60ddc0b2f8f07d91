import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** A file of an artifact, or one of its folders, as its digest sees it. */
export interface DigestEntry {
  readonly path: string;
  /** `d` for a folder, `x` for an executable file, `-` for any other. */
  readonly mode: 'd' | 'x' | '-';
  /** SHA-256 of the content, in hexadecimal digits; '' for a folder. */
  readonly content: string;
}

export function digestOf(entries: readonly DigestEntry[]): string {
  const lines = entries.map(({ path: name, mode, content }) => Buffer.from(`${name}\0${mode}${content}\n`));
  const digest = createHash('sha256');
  for (const line of lines.sort((left, right) => Buffer.compare(left, right))) digest.update(line);
  return `sha256:${digest.digest('hex')}`;
}

/** The files and folders of an artifact as they lie on disk. */
export function entriesOf(folder: string): readonly DigestEntry[] {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry): DigestEntry => {
    const absolute = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, absolute).replaceAll(path.sep, '/');
    if (entry.isDirectory()) return { path: name, mode: 'd', content: '' };
    if (!entry.isFile()) return { path: name, mode: '-', content: 'neither a file nor a folder' };
    const isExecutable = (fs.statSync(absolute).mode & 0o100) !== 0;
    const content = createHash('sha256').update(fs.readFileSync(absolute)).digest('hex');
    return { path: name, mode: isExecutable ? 'x' : '-', content };
  });
}
