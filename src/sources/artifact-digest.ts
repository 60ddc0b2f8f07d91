import { createHash } from 'node:crypto';

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
