/** Whether Slipway and the real sops agree on a document, in both directions, and on changes to it. */
import { isDeepStrictEqual } from 'node:util';
import type { Branch, FormatName } from '../../src/sops/index.ts';
import {
  branch,
  emitPlain,
  encryptFile,
  keyringOf,
  openSopsFile,
  parseConfig,
  plaintextOf,
  readPlain,
  readSopsFile,
  reseal,
  ruleFor,
  setAt,
  text,
} from '../../src/sops/index.ts';
import { SlipwayError } from '../../src/errors.ts';
import { mapLeaves } from '../../src/sops/walk.ts';
import type { RealSops } from './real-sops.ts';
import type { PlainDocument } from './sops-documents.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

class Disagreement extends Error {}

function agree(condition: boolean, sentence: string): void {
  if (!condition) throw new Disagreement(sentence);
}

const same = (a: Buffer | undefined, b: Buffer | undefined) => a !== undefined && b !== undefined && a.equals(b);

async function attempt<T>(work: () => T | Promise<T>): Promise<T | SlipwayError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
}

/** Slipway encrypts; sops must decrypt it to what Slipway makes of it. */
export async function checkOurs(sops: RealSops, document: PlainDocument): Promise<'agreed' | 'both refuse'> {
  const { bytes, format } = document;
  const rule = ruleFor(parseConfig(sops.writeConfig(document.rule), `${sops.folder}/.sops.yaml`), `${sops.folder}/x`);
  if (rule === undefined) throw new Error('no rule');
  const sealed = await attempt(() =>
    encryptFile(readPlain(bytes, format), {
      format,
      recipients: [[sops.recipient]],
      rule: rule.rule,
      macOnlyEncrypted: rule.macOnlyEncrypted,
      now: NOW,
    }),
  );
  if (sealed instanceof SlipwayError) {
    const theirs = sops.encrypt(bytes, format);
    const again = theirs === undefined ? undefined : sops.decrypt(theirs, format);
    // What sops itself cannot read back, Slipway refuses to write.
    const isStable = again !== undefined && isDeepStrictEqual(valuesOf(again, format), valuesOf(bytes, format));
    agree(!isStable, `Slipway refuses (${sealed.code}: ${sealed.message}) what sops takes`);
    return 'both refuse';
  }
  const decrypted = sops.decrypt(sealed, format);
  agree(decrypted !== undefined, `sops refuses what Slipway encrypted: ${sops.complaint}`);
  const opened = await openSopsFile(readSopsFile(sealed, format), keyringOf(sops.identity));
  const plain = plaintextOf(opened);
  agree(
    same(decrypted, plain) || !saysTheSame(decrypted, bytes, format),
    'sops and Slipway decrypt a file of Slipway differently',
  );
  agree(
    isDeepStrictEqual(valuesIn(opened.documents), valuesOf(bytes, format)),
    'the decrypted values are not those of the document',
  );
  await checkOurEdit(sops, sealed, format);
  return 'agreed';
}

/** Values in order, without comments. Their types are left out: JSON knows no 1.0, and reads an integer back. */
function valuesIn(documents: readonly Branch[]): unknown {
  const values: unknown[] = [];
  mapLeaves(documents, ({ item, path }) => {
    if (item.kind === 'scalar') values.push([path, item.bytes.toString('latin1')]);
    return item;
  });
  return values;
}

const valuesOf = (bytes: Buffer, format: FormatName) => valuesIn(readPlain(bytes, format));

/**
 * Whether sops's plaintext says what was encrypted. Where it does not, sops has a defect: go-yaml gives a block of text
 * with leading blanks in a list an indent that it has not.
 */
function saysTheSame(plain: Buffer | undefined, expected: Buffer, format: FormatName): boolean {
  if (plain === undefined) return false;
  try {
    return isDeepStrictEqual(valuesOf(plain, format), valuesOf(expected, format));
  } catch {
    return false;
  }
}

/** A comment as an item of a list: sops 3.13.2 writes it so and then fails on it (getsops/sops#2243). */
const LIST_COMMENT = /^\s*- ENC\[.*,type:comment\]/m;

/** sops encrypts; Slipway must decrypt it as sops does. */
export async function checkTheirs(sops: RealSops, document: PlainDocument): Promise<'agreed' | 'both refuse'> {
  const { bytes, format } = document;
  sops.writeConfig(document.rule);
  const sealed = sops.encrypt(bytes, format);
  if (sealed === undefined) return 'both refuse';
  const theirs = sops.decrypt(sealed, format);
  const ours = await attempt(async () => {
    const opened = await openSopsFile(readSopsFile(sealed, format), keyringOf(sops.identity));
    return { opened, plain: plaintextOf(opened) };
  });
  if (ours instanceof SlipwayError) {
    agree(theirs === undefined, `Slipway refuses (${ours.code}: ${ours.message}) what sops encrypted and decrypts`);
    return 'both refuse';
  }
  if (theirs === undefined && LIST_COMMENT.test(sealed.toString())) return 'both refuse';
  agree(theirs !== undefined, `Slipway opens what sops refuses: ${sops.complaint}`);
  agree(
    same(theirs, ours.plain) || !saysTheSame(theirs, bytes, format),
    'sops and Slipway decrypt a file of sops differently',
  );
  await checkOurEdit(sops, sealed, format);
  return 'agreed';
}

/** A value is added, another changed: sops must see just that, and no other line may change. */
async function checkOurEdit(sops: RealSops, sealed: Buffer, format: FormatName): Promise<void> {
  const keyring = keyringOf(sops.identity);
  const opened = await openSopsFile(readSopsFile(sealed, format), keyring);
  const [first = branch([]), ...rest] = opened.documents;
  const path = format === 'binary' ? ['data'] : format === 'ini' ? ['data', 'added'] : ['added_secret'];
  const changed = [setAt(first, path, text('a new value')), ...rest];
  const edited = await attempt(() => reseal(opened, changed, NOW));
  if (edited instanceof SlipwayError) throw new Disagreement(`an edit is refused: ${edited.code} ${edited.message}`);
  const expected = emitPlain(changed, format);
  const decrypted = sops.decrypt(edited, format);
  agree(decrypted !== undefined, `sops refuses what Slipway edited: ${sops.complaint}`);
  const again = await openSopsFile(readSopsFile(edited, format), keyring);
  const plain = plaintextOf(again);
  agree(isDeepStrictEqual(valuesIn(again.documents), valuesIn(changed)), 'Slipway sees another edit than it made');
  agree(
    same(decrypted, plain) || !saysTheSame(decrypted, expected, format),
    'sops sees another edit than Slipway made',
  );
  checkLines(sealed, edited, format);
  agree(reseal(opened, opened.documents, NOW).equals(sealed), 'an edit that changes nothing changes the file');
}

/** Of the old lines only those of the changed value, the time and the MAC are gone; ciphertexts stay byte for byte. */
function checkLines(before: Buffer, after: Buffer, format: FormatName): void {
  if (format === 'ini') return;
  const kept = after.toString('latin1').split(/\r?\n/);
  const gone = before
    .toString('latin1')
    .split(/\r?\n/)
    .filter((line) => {
      const at = kept.indexOf(line);
      if (at !== -1) kept.splice(at, 1);
      return at === -1;
    });
  const lost = gone.filter((line) => !mayGo(line, format));
  agree(lost.length === 0, `an edit changes other lines: ${lost.join(' / ').slice(0, 200)}`);
}

/** The time, the MAC, the value that is replaced; in JSON also what was last, which gets a comma, and empty braces. */
function mayGo(line: string, format: FormatName): boolean {
  if (/^\s*"?(sops_)?(lastmodified|mac)\b/.test(line) || line.includes('added_secret')) return true;
  if (format === 'binary') return line.includes('"data"');
  return format === 'json' && (!line.endsWith(',') || line === '{}');
}
