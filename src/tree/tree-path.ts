import { SlipwayError, type Place } from '../errors.ts';

const MAX_SEGMENT_BYTES = 255;
const FORBIDDEN_CHARACTERS = /[\u0000-\u001f\u007f\\:*?"<>|]/;

/**
 * Says why a path may not be one of the tree's, or nothing if it may. A path of the tree is relative, stays inside,
 * and can be checked out on every system that git runs on.
 */
export function whyNotATreePath(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.startsWith('/')) return 'it is absolute';
  if (FORBIDDEN_CHARACTERS.test(path)) return 'it has a character that not every file system allows';
  for (const segment of path.split('/')) {
    if (segment === '') return 'it has an empty part';
    if (segment === '.' || segment === '..') return `it has a part '${segment}'`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return 'it has a part of more than 255 bytes';
    if (segment.toLowerCase() === '.git') return 'it would lie inside git’s own folder';
  }
  return undefined;
}

/** @throws SlipwayError `tree/path` if the path leaves the tree or could not be written everywhere. */
export function checkTreePath(path: string, place: Place = {}): void {
  const reason = whyNotATreePath(path);
  if (reason === undefined) return;
  throw new SlipwayError({
    code: 'tree/path',
    message: `The path ${JSON.stringify(path)} cannot be a file of the tree: ${reason}.`,
    remedy: 'Give the construct a name that is a plain file name.',
    place,
  });
}
