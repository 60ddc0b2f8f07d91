import { SlipwayError, SlipwayErrors } from '../errors.ts';
import { differenceText } from './difference-text.ts';
import { filesUnknownToGit } from './git.ts';
import { digestOf, readLastWritten } from './last-written.ts';
import type { TreeFile } from './tree.ts';
import { placeOf, type Replaced, type TreeChanges } from './compare.ts';

/**
 * Stops where replacing or deleting a file would lose what a person wrote: what it holds is neither what synth last
 * wrote here nor what git has.
 *
 * @throws SlipwayErrors of `tree/hand-edited`
 */
export function refuseHandEdits(changes: TreeChanges, root: string, stateDirectory: string): void {
  const replaced: readonly Replaced[] = [...changes.changed, ...changes.deleted];
  if (replaced.length === 0) return;
  const written = readLastWritten(stateDirectory);
  const doubtful = replaced.filter(({ path, before }) => written.get(path)?.has(digestOf(before)) !== true);
  if (doubtful.length === 0) return;
  const unknown = filesUnknownToGit(root);
  const edited = new Set(doubtful.filter(({ path }) => unknown?.has(path) !== false).map(({ path }) => path));
  if (edited.size === 0) return;
  throw new SlipwayErrors([
    ...changes.changed
      .filter(({ path }) => edited.has(path))
      .map(({ path, before, file }) => {
        const difference = mayHoldSecret(file, before)
          ? 'The difference is not shown, since the file holds a secret.'
          : differenceText(path, file.content, before, 'as synth makes it', 'as it is');
        return handEdited(`The file was edited by hand since synth last wrote it.\n${difference}`, placeOf(file), path);
      }),
    ...changes.deleted
      .filter(({ path }) => edited.has(path))
      .map(({ path }) =>
        handEdited('Nothing makes this file any more, but it was edited by hand.', { file: path }, path),
      ),
  ]);
}

const SECRET = /(?:^|[\s{,])["']?(?:kind["']?\s*:\s*["']?Secret\b|sops["']?\s*:)/;

/**
 * Whether what a file holds, or is to hold, may not be shown: a Secret, or what SOPS encrypts, which a hand may have
 * decrypted in place. By its name, by what made it, and by its text, since hand-written manifests hold anything.
 */
export function mayHoldSecret(file: TreeFile, before: Uint8Array): boolean {
  return (
    file.path.includes('.sops.') ||
    file.origins.some(({ object }) => object.startsWith('Secret/')) ||
    [before, file.content].some((content) => SECRET.test(Buffer.from(content).toString('utf8')))
  );
}

function handEdited(message: string, place: SlipwayError['place'], path: string): SlipwayError {
  return new SlipwayError({
    code: 'tree/hand-edited',
    message,
    remedy: `Take the edit into TypeScript; then \`git add\` the file, or delete it, and synthesize again (${path}).`,
    place,
  });
}
