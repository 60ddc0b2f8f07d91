/**
 * The part of a file that is in plain text, replaced without a key. That is possible where the MAC covers encrypted
 * values alone (mac_only_encrypted). Ciphertexts and the sops block are taken over byte for byte, never written anew.
 */
import { failure, inFile } from './failure.ts';
import type { SopsFile } from './file.ts';
import { readSopsFile } from './file.ts';
import { leavesOf } from './leaves.ts';
import type { Branch, Entry } from './tree.ts';
import { areEqual, branch, findEntry, isEqual } from './tree.ts';
import { emitEntries } from './yaml/emit.ts';
import { detectIndent } from './yaml/splice.ts';
import { readYaml } from './yaml/read.ts';

/** Keys at the top of the file under which anything is encrypted. */
export function sealedKeys(file: SopsFile): string[] {
  const leaves = leavesOf(file.documents, file.metadata);
  return [...new Set(leaves.filter(({ state }) => state !== 'plain').map(({ path }) => path[0] ?? ''))];
}

/** The entries at the top of the file under which nothing is encrypted. */
export function plainEntries(file: SopsFile): Branch {
  const sealed = sealedKeys(file);
  const [document = branch([])] = file.documents;
  return branch(document.entries.filter((item) => item.kind === 'entry' && !sealed.includes(item.key)));
}

/**
 * The file with this in place of its plain entries: kind, metadata, type. Where they are the same already, whatever
 * their order, the bytes of the file.
 *
 * @throws {SlipwayError} `sops/plain-sealed` where the plain part is under the MAC or cannot be told from what is
 * encrypted: then a key is needed.
 */
export function replacePlain(file: SopsFile, plain: Branch): Buffer {
  return inFile(file.file, () => {
    if (isSamePlain(plainEntries(file), plain)) return file.bytes;
    const source = file.bytes.toString();
    const sealed = sealedKeys(file);
    refuseSealed(file, plain, sealed);
    const [root = branch([])] = readYaml(source);
    const kept = root.entries.filter(
      (item): item is Entry => item.kind === 'entry' && (item.key === 'sops' || sealed.includes(item.key)),
    );
    const indent = detectIndent(source) ?? 4;
    const bytes = Buffer.from(
      emitEntries(plain.entries, 0, indent) + kept.map((item) => linesOf(source, root, item)).join(''),
    );
    const again = readSopsFile(bytes, 'yaml');
    const [document = branch([])] = again.documents;
    const same = kept.every((item) => {
      const other = item.key === 'sops' ? again.metadata.tree : findEntry(document, item.key)?.value;
      return other !== undefined && isEqual(other, item.value);
    });
    if (same && isSamePlain(plainEntries(again), plain)) return bytes;
    throw failure('plain-sealed', 'The plain part of the file cannot be replaced with its ciphertext left as it is.', {
      remedy: 'Change it with a key: slipway secrets edit.',
    });
  });
}

function refuseSealed(file: SopsFile, plain: Branch, sealed: readonly string[]): void {
  const { macOnlyEncrypted } = file.metadata;
  const remedy = `Change it with a key: slipway secrets edit ${file.file ?? ''}`.trimEnd() + '.';
  if (!macOnlyEncrypted) {
    throw failure(
      'plain-sealed',
      'The plain part of the file is not as wanted, and the file’s MAC covers it, so only a key can change it.',
      { remedy },
    );
  }
  const exposed = leavesOf([plain], file.metadata).find(({ state }) => state !== 'plain');
  if (exposed !== undefined || file.format !== 'yaml' || file.documents.length !== 1) {
    throw failure(
      'plain-sealed',
      'The plain part of the file is not as wanted, and what is encrypted stands among it, so only a key can change it.',
      { remedy },
    );
  }
  const mixed = leavesOf(file.documents, file.metadata).some(
    ({ path, state }) => state === 'plain' && sealed.includes(path[0] ?? ''),
  );
  const clash = plain.entries.some(
    (item) => item.kind === 'entry' && (sealed.includes(item.key) || item.key === 'sops'),
  );
  if (mixed || clash) {
    throw failure(
      'plain-sealed',
      'A part of the file holds both encrypted and plain values, so only a key can change it.',
      { remedy },
    );
  }
}

function isSamePlain(a: Branch, b: Branch): boolean {
  const sorted = (map: Branch) =>
    map.entries.filter((item) => item.kind === 'entry').sort((x, y) => (x.key < y.key ? -1 : 1));
  return areEqual(sorted(a), sorted(b));
}

/** The lines of an entry at the top, up to the next one. */
function linesOf(source: string, root: Branch, item: Entry): string {
  const starts = root.entries.flatMap((other) => (other.kind === 'entry' && other.source ? [other.source.start] : []));
  const start = item.source?.start ?? 0;
  const next = Math.min(...starts.filter((other) => other > start), source.length);
  const lines = source.slice(start, next).replace(/(?:\n[ \t]*|\n#[^\n]*)*$/, '');
  return `${lines}\n`;
}
