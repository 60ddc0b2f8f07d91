/** A SOPS file as a whole: read without a key, opened, changed, sealed again, made. All in memory, as bytes. */
import { isDeepStrictEqual } from 'node:util';
import type { Keyring } from './age/keyring.ts';
import type { Policy } from './crypt.ts';
import { checkMac, Ciphertexts, decryptDocuments, encryptDocuments, sealMac } from './crypt.ts';
import { newDataKey, openDataKey, wrapDataKey } from './data-key.ts';
import { failure, inFile, withFile } from './failure.ts';
import type { FormatName, Layout } from './format.ts';
import { emitParts, emitPlain, hasReservedKey, readParts, readPlain } from './format.ts';
import type { OnMask } from './mask.ts';
import type { MasterKey, Metadata } from './metadata.ts';
import { ageKey, buildMetadata, parseMetadata, SOPS_VERSION, timestamp } from './metadata.ts';
import { rewrite } from './rewrite.ts';
import type { SelectionRule } from './selection.ts';
import { isValid } from './selection.ts';
import type { Branch, Comment, Entry } from './tree.ts';
import { areEqual, branch, entry, text, wipe } from './tree.ts';
import { mapLeaves } from './walk.ts';

/** A file as it stands, encrypted. */
export interface SopsFile {
  /** As errors name it. */
  readonly file: string | undefined;
  readonly format: FormatName;
  readonly bytes: Buffer;
  /** Without the metadata; encrypted values as they are written. */
  readonly documents: readonly Branch[];
  readonly metadata: Metadata;
  /** Where the metadata begins, from 1. */
  readonly metadataLine: number | undefined;
}

/**
 * Reads a file without a key.
 *
 * @throws {SlipwayError} `sops/not-encrypted` where it has no metadata, `sops/merge-conflict`, and what the format's
 * reader and parseMetadata throw.
 */
export function readSopsFile(bytes: Buffer, format: FormatName, file?: string): SopsFile {
  return inFile(file, () => {
    refuseConflict(bytes);
    const parts = readParts(bytes, format);
    if (parts === undefined) {
      throw failure('not-encrypted', 'The file is not encrypted: it has no SOPS metadata.', {
        remedy: 'Encrypt it with `slipway secrets encrypt`.',
      });
    }
    const metadata = parseMetadata(parts.metadata);
    return { file, format, bytes, documents: parts.documents, metadata, metadataLine: parts.line };
  });
}

/** Conflict markers would be a syntax error; this says what they are. */
function refuseConflict(bytes: Buffer): void {
  if (!bytes.includes('<<<<<<< ')) return;
  const text = bytes.toString('latin1');
  const found = /^<<<<<<< /m.exec(text);
  if (found === null || !/^=======\r?$/m.test(text) || !/^>>>>>>> /m.test(text)) return;
  throw failure('merge-conflict', 'The file holds the marks of an unfinished merge.', {
    at: { line: text.slice(0, found.index).split('\n').length, column: 1 },
    remedy:
      'Take one side (git checkout --ours or --theirs FILE) and make the other side’s change with `slipway secrets set`; `slipway secrets git` sets up a driver that merges such files.',
  });
}

export const policyOf = ({ rule, macOnlyEncrypted }: Metadata): Policy => ({ rule, macOnlyEncrypted });

/** A file that has been opened. Call `close` when it is no longer needed: it wipes the data key and the values. */
export interface OpenFile {
  readonly sealed: SopsFile;
  /** Decrypted. */
  readonly documents: readonly Branch[];
  readonly dataKey: Buffer;
  close(): void;
}

export interface OpenOptions {
  /** Opens a file whose MAC is missing or wrong; each value is still checked by itself. */
  readonly ignoreMac?: boolean;
  /** A mark stands in place of each value that was encrypted. */
  readonly masked?: boolean;
  /** Is told of each value that a mark stands for. */
  readonly onMask?: OnMask | undefined;
}

/**
 * Opens a file and verifies its MAC.
 *
 * @throws {SlipwayError} `sops/no-identity` (status 3), `sops/mac-…`, and what decryptDocuments throws.
 */
export async function openSopsFile(sealed: SopsFile, keyring: Keyring, options: OpenOptions = {}): Promise<OpenFile> {
  let dataKey: Buffer;
  try {
    dataKey = await openDataKey(sealed.metadata, keyring);
  } catch (error) {
    throw withFile(sealed.file, error);
  }
  return openWithDataKey(sealed, dataKey, options);
}

/** As openSopsFile, for whoever holds the data key already. */
export function openWithDataKey(
  sealed: SopsFile,
  dataKey: Buffer,
  { ignoreMac = false, masked = false, onMask }: OpenOptions = {},
): OpenFile {
  return inFile(sealed.file, () => {
    const { metadata } = sealed;
    const { documents, mac } = decryptDocuments(sealed.documents, policyOf(metadata), dataKey, { masked, onMask });
    if (!ignoreMac) checkMac(metadata.mac, mac, dataKey, metadata.lastModified, sealed.metadataLine);
    const close = () => {
      dataKey.fill(0);
      documents.forEach(wipe);
    };
    return { sealed, documents, dataKey, close };
  });
}

/** The plaintext of an opened file, as sops writes it. */
export const plaintextOf = ({ sealed, documents }: OpenFile, layout?: Layout): Buffer =>
  inFile(sealed.file, () => emitPlain(documents, sealed.format, layout));

/**
 * The file with other documents. Values that did not change keep their ciphertext, lines that did not change their
 * bytes, and where nothing changed the file is returned as it was. All other keys of the metadata stay.
 *
 * @param other Another version of the file: where it has the same data key, its values keep their ciphertexts too.
 * @throws {SlipwayError} `sops/reserved-key`, `sops/unstable-value`.
 */
export function reseal(opened: OpenFile, documents: readonly Branch[], now: Date, other?: OpenFile): Buffer {
  const { sealed, dataKey } = opened;
  return inFile(sealed.file, () => {
    if (areEqual(documents, opened.documents)) return sealed.bytes;
    refuseReserved(documents, sealed.format);
    const policy = policyOf(sealed.metadata);
    // Decrypted anew, so that every ciphertext is known once: an opened file may be sealed several times.
    const ciphertexts = new Ciphertexts(dataKey);
    decryptDocuments(sealed.documents, policy, dataKey, { ciphertexts });
    if (other?.dataKey.equals(dataKey) === true) {
      decryptDocuments(other.sealed.documents, policyOf(other.sealed.metadata), dataKey, { ciphertexts });
    }
    const encrypted = encryptDocuments(documents, policy, dataKey, ciphertexts);
    const lastModified = timestamp(now);
    const metadata = withFields(sealed.metadata.tree, {
      lastmodified: lastModified,
      mac: sealMac(encrypted.mac, dataKey, lastModified),
    });
    const bytes = rewrite(sealed, encrypted.documents, metadata);
    verifyWritten(bytes, sealed.format, documents, dataKey);
    return bytes;
  });
}

function refuseReserved(documents: readonly Branch[], format: FormatName): void {
  if (!hasReservedKey(documents, format)) return;
  throw failure(
    'reserved-key',
    'The file uses a key that SOPS keeps for its own metadata: sops, or sops_… in dotenv.',
    {
      remedy: 'Rename the key; or, if the file is encrypted already, edit it with `slipway secrets edit`.',
      exitStatus: 2,
    },
  );
}

/** A tree of metadata with some texts replaced, all else as it was. */
function withFields(tree: Branch, fields: Readonly<Record<string, string>>): Branch {
  const missing = new Map(Object.entries(fields));
  const entries = tree.entries.map((item): Entry | Comment => {
    const value = item.kind === 'entry' ? missing.get(item.key) : undefined;
    if (item.kind !== 'entry' || value === undefined) return item;
    missing.delete(item.key);
    return { ...item, value: text(value) };
  });
  return branch([...entries, ...[...missing].map(([key, value]) => entry(key, text(value)))], tree.source);
}

/**
 * Reads back what is about to be written: nothing that could not be opened again leaves the program. Values that a
 * format writes otherwise than it reads them (a plain -0.0) would break the MAC; with sops they do.
 */
function verifyWritten(bytes: Buffer, format: FormatName, documents: readonly Branch[], dataKey: Buffer): void {
  const written = readSopsFile(bytes, format);
  const { metadata } = written;
  try {
    const { documents: again, mac } = decryptDocuments(written.documents, policyOf(metadata), dataKey);
    checkMac(metadata.mac, mac, dataKey, metadata.lastModified);
    if (isDeepStrictEqual(textsOf(again), textsOf(documents))) return;
  } catch {
    // Told below: the error would name a place in a text that nobody has.
  }
  throw failure(
    'unstable-value',
    `The file holds a value in plain text that ${format} cannot write so that it reads back the same.`,
    {
      remedy: 'Put the value in quotes, or under a key that is encrypted. Nothing was written.',
    },
  );
}

/**
 * The path and bytes of every value. Comments may move to another line on the way, and a plain 1.0 is read back as the
 * integer 1; neither is part of what the MAC covers.
 */
function textsOf(documents: readonly Branch[]): unknown[] {
  const texts: unknown[] = [];
  mapLeaves(documents, ({ item, path }) => {
    if (item.kind === 'scalar') texts.push(path, item.bytes);
    return item;
  });
  return texts;
}

/** Whether a plaintext reads back as the values that it was written from: INI has no way to write some. */
export function readsBack(plain: Buffer, documents: readonly Branch[], format: FormatName): boolean {
  try {
    return isDeepStrictEqual(textsOf(readPlain(plain, format)), textsOf(documents));
  } catch {
    return false;
  }
}

/** How a new file is to be encrypted. */
export interface EncryptOptions {
  readonly format: FormatName;
  /** Age recipients, group by group; one group unless the key is to be split. */
  readonly recipients: readonly (readonly string[])[];
  readonly shamirThreshold?: number;
  readonly rule: SelectionRule;
  readonly macOnlyEncrypted?: boolean;
  readonly layout?: Layout;
  readonly now: Date;
  readonly file?: string;
}

/**
 * Encrypts documents into a new file, with a new data key.
 *
 * @throws {SlipwayError} `sops/already-encrypted`, `sops/regex` (status 2), `sops/recipient…`, `sops/no-recipients`,
 * `sops/unstable-value`.
 */
export async function encryptFile(documents: readonly Branch[], options: EncryptOptions): Promise<Buffer> {
  const groups = options.recipients.map((group) => group.map((recipient) => ageKey(recipient, '')));
  const dataKey = newDataKey();
  try {
    return await encryptTo(documents, groups, dataKey, options);
  } catch (error) {
    throw withFile(options.file, error);
  } finally {
    dataKey.fill(0);
  }
}

async function encryptTo(
  documents: readonly Branch[],
  groups: readonly (readonly MasterKey[])[],
  dataKey: Buffer,
  { format, shamirThreshold = 0, rule, macOnlyEncrypted = false, layout, now }: EncryptOptions,
): Promise<Buffer> {
  if (hasReservedKey(documents, format)) {
    throw failure(
      'already-encrypted',
      'The file is encrypted already, or uses a key that SOPS keeps for its metadata.',
      {
        remedy: 'Change it with `slipway secrets edit` or `set`.',
        exitStatus: 2,
      },
    );
  }
  if (documents.length === 0)
    throw failure('empty', 'The file holds no document that could be encrypted.', { exitStatus: 2 });
  if (!isValid(rule)) {
    throw failure(
      'regex',
      `The rule ${rule.kind} is no RE2 expression, so sops would take it for one that never matches.`,
      {
        remedy: 'RE2 has no look-ahead, look-behind or back-references: write it without.',
        exitStatus: 2,
      },
    );
  }
  // The binary format has one value and no use for a rule; sops writes none since 3.11.
  const lastModified = timestamp(now);
  const policy = { rule, macOnlyEncrypted };
  const encrypted = encryptDocuments(documents, policy, dataKey);
  const metadata = buildMetadata({
    groups: await wrapDataKey(dataKey, groups, shamirThreshold),
    shamirThreshold: groups.length > 1 ? shamirThreshold : 0,
    lastModified,
    mac: sealMac(encrypted.mac, dataKey, lastModified),
    rule,
    macOnlyEncrypted,
    version: SOPS_VERSION,
  });
  const tree = format === 'binary' ? without(metadata, rule.kind) : metadata;
  const bytes = emitParts(encrypted.documents, tree, format, layout);
  verifyWritten(bytes, format, documents, dataKey);
  return bytes;
}

const without = (tree: Branch, key: string): Branch =>
  branch(tree.entries.filter((item) => item.kind !== 'entry' || item.key !== key));

/** Everything encrypted anew under a new data key, to the same recipients: whoever knew the old one knows no later value. */
export async function rotate(opened: OpenFile, now: Date): Promise<Buffer> {
  const { sealed, documents } = opened;
  const dataKey = newDataKey();
  try {
    const { metadata } = sealed;
    const groups = await wrapDataKey(dataKey, metadata.groups, metadata.shamirThreshold);
    const encrypted = encryptDocuments(documents, policyOf(metadata), dataKey);
    const lastModified = timestamp(now);
    const tree = withFields(withGroups(metadata.tree, groups), {
      lastmodified: lastModified,
      mac: sealMac(encrypted.mac, dataKey, lastModified),
    });
    const bytes = rewrite(sealed, encrypted.documents, tree);
    verifyWritten(bytes, sealed.format, documents, dataKey);
    return bytes;
  } catch (error) {
    throw withFile(sealed.file, error);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same file encrypted to other recipients. The data key stays, and so do all values, the MAC and the time, as
 * with sops: whoever could open it before still knows the data key until `rotate`.
 *
 * @param groups Keys that are not age's, and recipients that stay, keep their stanzas where there is one group.
 */
export async function updateKeys(
  sealed: SopsFile,
  dataKey: Buffer,
  groups: readonly (readonly MasterKey[])[],
  shamirThreshold: number,
): Promise<Buffer> {
  try {
    const known = sealed.metadata.groups.length === 1 && groups.length === 1 ? sealed.metadata.groups[0] : undefined;
    const wrapped = await wrapMissing(dataKey, groups, shamirThreshold, known ?? []);
    const bytes = rewrite(sealed, sealed.documents, withGroups(sealed.metadata.tree, wrapped, shamirThreshold));
    const again = readSopsFile(bytes, sealed.format);
    if (areEqual(again.documents, sealed.documents)) return bytes;
  } catch (error) {
    throw withFile(sealed.file, error);
  }
  throw failure('unstable-value', 'The file cannot be written so that it reads back the same. Nothing was written.', {
    file: sealed.file,
  });
}

async function wrapMissing(
  dataKey: Buffer,
  groups: readonly (readonly MasterKey[])[],
  shamirThreshold: number,
  known: readonly MasterKey[],
): Promise<readonly (readonly MasterKey[])[]> {
  if (groups.length !== 1) return wrapDataKey(dataKey, groups, shamirThreshold);
  const keys: MasterKey[] = [];
  for (const key of groups[0] ?? []) {
    const kept = known.find(({ kind, id }) => kind === key.kind && id === key.id);
    if (kept !== undefined) keys.push(kept);
    else keys.push(...((await wrapDataKey(dataKey, [[key]], 0))[0] ?? []));
  }
  if (keys.length === 0) return wrapDataKey(dataKey, groups, shamirThreshold);
  return [keys];
}

/** The tree of metadata with other keys in it, at the place where the keys stood; all else as it was. */
function withGroups(tree: Branch, groups: readonly (readonly MasterKey[])[], shamirThreshold?: number): Branch {
  const fresh = buildMetadata({
    groups,
    shamirThreshold: groups.length > 1 ? (shamirThreshold ?? 0) : 0,
    lastModified: '',
    mac: '',
    rule: { kind: 'encrypted_regex', value: '' },
    macOnlyEncrypted: false,
    version: '',
  });
  const isKey = (key: string) => KEY_FIELDS.has(key) || (shamirThreshold !== undefined && key === 'shamir_threshold');
  const wanted = new Map(
    fresh.entries.flatMap((item) => (item.kind === 'entry' && isKey(item.key) ? [[item.key, item]] : [])),
  );
  const entries: (Entry | Comment)[] = [];
  for (const item of tree.entries) {
    if (item.kind === 'comment' || !isKey(item.key)) {
      entries.push(item);
      continue;
    }
    const replacement = wanted.get(item.key);
    // What older versions of sops write empty (`pgp: []`) stays.
    if (replacement !== undefined) entries.push({ ...item, value: replacement.value });
    else if (isEmptyList(item)) entries.push(item);
    wanted.delete(item.key);
  }
  const missing = [...wanted.values()];
  const at = entries.findIndex((item) => item.kind === 'entry' && item.key > (missing[0]?.key ?? ''));
  entries.splice(at === -1 ? entries.length : at, 0, ...missing);
  return branch(entries, tree.source);
}

const KEY_FIELDS = new Set(['age', 'azure_kv', 'gcp_kms', 'hc_vault', 'hckms', 'key_groups', 'kms', 'pgp']);

const isEmptyList = ({ value }: Entry) => value.kind === 'null' || (value.kind === 'list' && value.items.length === 0);
