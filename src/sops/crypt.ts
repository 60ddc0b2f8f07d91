/** Encrypts and decrypts the values of documents, and computes the MAC over them (sops.go: Tree.Encrypt, Tree.Decrypt). */
import { createHash, createHmac } from 'node:crypto';
import { isScalarType, normalizeValue, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts';
import { failure } from './failure.ts';
import type { SelectionRule } from './selection.ts';
import { compileSelection } from './selection.ts';
import type { Branch, Comment, Scalar } from './tree.ts';
import { describeMasked, maskOf, type OnMask } from './mask.ts';
import { formatPath } from './tree.ts';
import { mapLeaves } from './walk.ts';

/** What of a file's metadata decides how its values are treated. */
export interface Policy {
  readonly rule: SelectionRule;
  /** The MAC covers the encrypted values alone, so that all else may be changed without a key. */
  readonly macOnlyEncrypted: boolean;
}

/** SHA-256 of `sops`: sets the two kinds of MAC apart (sops.go: MACOnlyEncryptedInitialization). */
const MAC_ONLY_ENCRYPTED = Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex');

function startMac(macOnlyEncrypted: boolean) {
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(MAC_ONLY_ENCRYPTED);
  return hash;
}

/** The path that a value is bound to: indices of lists are not part of it. */
const aadOf = (path: readonly string[]) => `${path.join(':')}:`;

export interface Decrypted {
  readonly documents: readonly Branch[];
  /** Of the values as they were found: upper-case hexadecimal SHA-512. */
  readonly mac: string;
}

/**
 * Remembers the ciphertext of each value, so that a value that did not change is written as it was. Values are known
 * by an HMAC under the data key: no plaintext is kept. Of equal values in one list each keeps its own ciphertext.
 */
export class Ciphertexts {
  private readonly key: Buffer;
  private readonly known = new Map<string, string[]>();

  constructor(dataKey: Buffer) {
    this.key = Buffer.from(dataKey);
  }

  add(aad: string, type: string, plain: Buffer, ciphertext: string): void {
    const id = this.id(aad, type, plain);
    const list = this.known.get(id);
    if (list === undefined) this.known.set(id, [ciphertext]);
    else list.push(ciphertext);
  }

  take(aad: string, type: string, plain: Buffer): string | undefined {
    return this.known.get(this.id(aad, type, plain))?.shift();
  }

  private id(aad: string, type: string, plain: Buffer): string {
    return createHmac('sha256', this.key).update(`${aad}\0${type}\0`).update(plain).digest('base64');
  }
}

/**
 * Decrypts all that the rule says is encrypted.
 *
 * @param how.ciphertexts Takes up the ciphertext of each value, for an edit.
 * @param how.masked Gives a mark in place of each value that was encrypted; the MAC is that of the values all the same.
 * @param how.onMask Is told of each value that a mark stands for.
 * @throws {SlipwayError} `sops/plaintext` (a value that should be encrypted is not), `sops/bad-ciphertext` (it is
 * broken, was changed, moved, or sealed with another data key), `sops/unsupported-type`.
 */
export function decryptDocuments(
  documents: readonly Branch[],
  { rule, macOnlyEncrypted }: Policy,
  dataKey: Buffer,
  {
    ciphertexts,
    masked = false,
    onMask,
  }: { readonly ciphertexts?: Ciphertexts; readonly masked?: boolean; readonly onMask?: OnMask | undefined } = {},
): Decrypted {
  const isSelected = compileSelection(rule);
  const mac = startMac(macOnlyEncrypted);
  const decrypted = mapLeaves(documents, ({ item, path, comments }) => {
    const isComment = item.kind === 'comment';
    const selected = isSelected(path, comments, isComment);
    let plain: Scalar | Comment = item;
    if (selected) {
      plain = isComment ? decryptComment(item, path, dataKey) : decryptScalar(item, path, dataKey);
      // A comment that does not open, since it stands in plain text or YAML moved it to another map, stays as it is.
      if (ciphertexts !== undefined) {
        const type = plain.kind === 'comment' ? 'comment' : plain.type;
        ciphertexts.add(aadOf(path), type, plain.bytes, item.bytes.toString());
      }
    }
    // A value that turns out to be a comment is not hashed either: sops writes those into lists, and 3.13.2 then
    // fails on its own files (getsops/sops#2243).
    if ((!macOnlyEncrypted || selected) && plain.kind !== 'comment') mac.update(plain.bytes);
    // What is wiped when the file is closed is not to be what the encrypted file still holds.
    if (plain === item) return { ...item, bytes: Buffer.from(item.bytes) };
    if (!masked) return plain;
    if (plain.kind !== 'comment') onMask?.(describeMasked(dataKey, path, plain));
    return mask(plain, path, dataKey);
  });
  return { documents: decrypted, mac: mac.digest('hex').toUpperCase() };
}

function mask(plain: Scalar | Comment, path: readonly string[], dataKey: Buffer): Scalar | Comment {
  const bytes = Buffer.from(maskOf(dataKey, path, plain.kind === 'comment' ? 'comment' : plain.type, plain.bytes));
  plain.bytes.fill(0);
  return plain.kind === 'comment' ? { ...plain, bytes } : { kind: 'scalar', type: 'str', bytes };
}

/** A comment that does not decrypt is taken for one that never was encrypted, as sops does. */
function decryptComment(item: Comment, path: readonly string[], dataKey: Buffer): Comment {
  const envelope = parseEnvelope(item.bytes.toString());
  const plain = envelope === undefined ? undefined : openEnvelope(envelope, dataKey, aadOf(path));
  if (plain === undefined || envelope === undefined) return item;
  // Decrypting, sops forgets that a comment stood behind its value, unless it was sealed as text.
  return { kind: 'comment', bytes: plain, inline: envelope.type === 'str' && item.inline };
}

function decryptScalar(item: Scalar, path: readonly string[], dataKey: Buffer): Scalar | Comment {
  const at = item.source;
  const where = formatPath(path);
  if (item.type === 'str' && item.bytes.length === 0) return item;
  const envelope = item.type === 'str' ? parseEnvelope(item.bytes.toString()) : undefined;
  if (envelope === undefined) {
    const isBroken = item.type === 'str' && item.bytes.toString().startsWith('ENC[');
    throw isBroken
      ? failure('bad-ciphertext', `The value of ${where} is not a whole SOPS ciphertext.`, { at, remedy: RESTORE })
      : failure('plaintext', `The value of ${where} is plain text where the file's rule says that it is encrypted.`, {
          at,
          remedy: 'Take the value out and put it in with `slipway secrets set`; if it was committed, replace it.',
        });
  }
  const { type } = envelope;
  const plain = openEnvelope(envelope, dataKey, aadOf(path));
  if (plain === undefined) {
    throw failure(
      'bad-ciphertext',
      `The value of ${where} does not decrypt: it was changed, moved from another key, or comes from another file.`,
      { at, remedy: RESTORE },
    );
  }
  if (type === 'comment') return { kind: 'comment', bytes: plain, inline: false };
  if (!isScalarType(type)) {
    throw failure('unsupported-type', `The value of ${where} has a type that SOPS does not open.`, { at });
  }
  const bytes = normalizeValue(type, plain);
  if (bytes !== undefined) return { kind: 'scalar', type, bytes };
  throw failure('unsupported-type', `The value of ${where} is not of the type that it says, ${type}.`, { at });
}

const RESTORE = 'Restore the file from git, then make the change with `slipway secrets edit` or `set`.';

export interface Encrypted {
  readonly documents: readonly Branch[];
  readonly mac: string;
}

/** Encrypts all that the rule says; a value found among the known ciphertexts keeps its own. */
export function encryptDocuments(
  documents: readonly Branch[],
  { rule, macOnlyEncrypted }: Policy,
  dataKey: Buffer,
  known?: Ciphertexts,
): Encrypted {
  const isSelected = compileSelection(rule);
  const mac = startMac(macOnlyEncrypted);
  const encrypted = mapLeaves(documents, ({ item, path, comments }) => {
    const isComment = item.kind === 'comment';
    const selected = isSelected(path, comments, isComment);
    if ((!macOnlyEncrypted || selected) && !isComment) mac.update(item.bytes);
    if (!selected || item.bytes.length === 0) return item;
    const aad = aadOf(path);
    const type = isComment ? 'comment' : item.type;
    const ciphertext = known?.take(aad, type, item.bytes) ?? sealEnvelope(item.bytes, type, dataKey, aad);
    const bytes = Buffer.from(ciphertext);
    // A comment in a list stays a comment. sops makes it a list item, which its own 3.13.2 then cannot verify.
    return isComment ? { ...item, bytes } : { kind: 'scalar', type: 'str', bytes };
  });
  return { documents: encrypted, mac: mac.digest('hex').toUpperCase() };
}

/** The MAC as it stands in the metadata, sealed under the time of the last change. */
export const sealMac = (mac: string, dataKey: Buffer, lastModified: string): string =>
  sealEnvelope(Buffer.from(mac), 'str', dataKey, lastModified);

/** @throws {SlipwayError} `sops/mac-missing`, `sops/mac-broken`, `sops/mac-mismatch`. */
export function checkMac(sealed: string, computed: string, dataKey: Buffer, lastModified: string, line?: number): void {
  const at = line === undefined ? undefined : { line, column: 1 };
  if (sealed === '') {
    throw failure('mac-missing', 'The file has no MAC, so nothing says that its values are whole and in order.', {
      at,
      remedy: RESTORE,
    });
  }
  const envelope = parseEnvelope(sealed);
  const mac = envelope === undefined ? undefined : openEnvelope(envelope, dataKey, lastModified);
  if (mac === undefined) {
    throw failure('mac-broken', 'The MAC of the file does not decrypt: it, or lastmodified beside it, was changed.', {
      at,
      remedy: RESTORE,
    });
  }
  if (mac.toString() !== computed) {
    throw failure(
      'mac-mismatch',
      'The values of the file are not the ones that were sealed: some were added, removed, reordered, or changed in plain text.',
      {
        at,
        remedy: RESTORE,
      },
    );
  }
}
