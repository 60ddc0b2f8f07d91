/** Three versions of a SOPS file -> one, with a key or without. Never a file that cannot be opened. */
import type { Keyring } from './age/keyring.ts';
import { failure } from './failure.ts';
import type { OpenFile, SopsFile } from './file.ts';
import { openSopsFile, policyOf, reseal } from './file.ts';
import type { Merged } from './merge.ts';
import { mergeTrees } from './merge.ts';
import { plainEntries, replacePlain, sealedKeys } from './plain-region.ts';
import type { Branch, Entry } from './tree.ts';
import { areEqual, branch, formatPath, isEqual } from './tree.ts';

export interface Sides {
  /** Undefined where both sides added the file. */
  readonly base: SopsFile | undefined;
  readonly ours: SopsFile;
  readonly theirs: SopsFile;
}

/** The three versions, or undefined where it takes a key to merge them. */
export function mergeWithoutKey({ base, ours, theirs }: Sides): Buffer | undefined {
  if (ours.bytes.equals(theirs.bytes) || base?.bytes.equals(theirs.bytes) === true) return ours.bytes;
  if (base?.bytes.equals(ours.bytes) === true) return theirs.bytes;
  if (base === undefined || ![base, ours, theirs].every(isSplit)) return undefined;
  // Where the MAC covers encrypted values alone, one side's sealed part and both sides' plain parts make a whole file.
  const frame = isSealedAlike(base, theirs) ? ours : isSealedAlike(base, ours) ? theirs : undefined;
  if (frame === undefined) return undefined;
  const merged = mergeTrees(plainEntries(base), plainEntries(ours), plainEntries(theirs));
  refuseConflicts(merged, ours.file);
  return replacePlain(frame, merged.tree);
}

const isSplit = ({ format, metadata, documents }: SopsFile) =>
  format === 'yaml' && metadata.macOnlyEncrypted && documents.length === 1;

function isSealedAlike(a: SopsFile, b: SopsFile): boolean {
  return isEqual(a.metadata.tree, b.metadata.tree) && areEqual(sealedEntries(a), sealedEntries(b));
}

function sealedEntries(file: SopsFile): Entry[] {
  const sealed = sealedKeys(file);
  return (file.documents[0]?.entries ?? []).filter(
    (item): item is Entry => item.kind === 'entry' && sealed.includes(item.key),
  );
}

function refuseConflicts({ conflicts }: Merged, file: string | undefined): void {
  if (conflicts.length === 0) return;
  const places = conflicts.map((path) => formatPath(path)).join(', ');
  throw failure('merge-both', `Both sides changed ${places}.`, {
    file,
    remedy:
      'Take one side (git checkout --ours or --theirs FILE), set the value that is to be with `slipway secrets set`, then git add FILE.',
  });
}

/**
 * Merges the decrypted values.
 *
 * @throws {SlipwayError} `sops/merge-both` where both sides changed a value, `sops/merge-keys` where both changed the
 * recipients or the rule, and what opening a file throws.
 */
export async function mergeWithKey(sides: Sides, keyring: Keyring, now: Date): Promise<Buffer> {
  const opened: OpenFile[] = [];
  const open = async (file: SopsFile) => {
    const one = await openSopsFile(file, keyring);
    opened.push(one);
    return one;
  };
  try {
    const ours = await open(sides.ours);
    const theirs = await open(sides.theirs);
    const base = sides.base === undefined ? undefined : await open(sides.base);
    if (ours.documents.length !== theirs.documents.length) {
      throw failure('merge-both', 'The two sides have different numbers of documents.', { file: sides.ours.file });
    }
    const documents = ours.documents.map((document, index): Branch => {
      const other = theirs.documents[index] ?? branch([]);
      const merged = mergeTrees(base?.documents[index] ?? branch([]), document, other);
      refuseConflicts(merged, sides.ours.file);
      return merged.tree;
    });
    const frame = chooseFrame(sides) === 'ours' ? ours : theirs;
    return reseal(frame, documents, now, frame === ours ? theirs : ours);
  } finally {
    for (const one of opened) one.close();
  }
}

/** The side whose recipients and rule stay: the one that changed them. */
function chooseFrame({ base, ours, theirs }: Sides): 'ours' | 'theirs' {
  const isSame = (a: SopsFile, b: SopsFile) =>
    JSON.stringify(keysOf(a)) === JSON.stringify(keysOf(b)) &&
    JSON.stringify(policyOf(a.metadata)) === JSON.stringify(policyOf(b.metadata));
  if (isSame(ours, theirs)) return 'ours';
  if (base !== undefined && isSame(base, theirs)) return 'ours';
  if (base !== undefined && isSame(base, ours)) return 'theirs';
  throw failure('merge-keys', 'Both sides changed the recipients of the file, or its rule.', {
    file: ours.file,
    remedy: 'Take one side, then bring its recipients in line: slipway secrets updatekeys.',
  });
}

const keysOf = (file: SopsFile) => file.metadata.groups.map((group) => group.map(({ kind, id }) => [kind, id]));
