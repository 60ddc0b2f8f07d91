import { gunzipSync } from 'node:zlib';
import { systemCode } from '../../errors.ts';
import type { SourceLimits } from '../source-tree.ts';
import { tooLarge } from '../too-large.ts';
import { BLOCK, checkName, invalidArchive, parseHeader, parsePax, textOf } from './tar.ts';

/**
 * The regular files of a small gzip-compressed tar archive, by their names in it, in memory; as `untar` takes them.
 *
 * @throws SlipwayError `sources/archive-invalid`, `sources/too-large`
 */
export function readArchive(archive: Buffer, limits: SourceLimits): Map<string, Buffer> {
  const tar = uncompressed(archive, limits.maxBytes);
  const files = new Map<string, Buffer>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const block = tar.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return files;
    const header = parseHeader(block);
    const end = at + BLOCK + header.size;
    if (end > tar.length) throw invalidArchive('it ends in the middle');
    const content = tar.subarray(at + BLOCK, end);
    at = end + ((BLOCK - (header.size % BLOCK)) % BLOCK);
    if (header.type === 'L') longName = textOf(content);
    else if (header.type === 'x') longName = parsePax(content).get('path') ?? longName;
    else if (header.type !== 'g' && header.type !== 'K') {
      const name = longName ?? header.name;
      longName = undefined;
      checkName(name);
      if ((header.type === '0' || header.type === '7') && !name.endsWith('/')) files.set(name, content);
      if (files.size > limits.maxFiles) throw tooLarge('The archive', limits.maxFiles);
    }
  }
  return files;
}

function uncompressed(archive: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: maxBytes });
  } catch (error) {
    if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('The unpacked archive', maxBytes);
    throw invalidArchive('it is not compressed by gzip, or damaged');
  }
}
