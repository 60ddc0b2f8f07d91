/**
 * SOPS and age: files whose values are encrypted, read, checked, opened, changed and made, all in memory.
 *
 * Without a key a file can be read (readSopsFile), checked (checks.ts) and, where its MAC allows it, given another
 * plain part (replacePlain). With a keyring it can be opened (openSopsFile), changed (reseal), rotated and given other
 * recipients. What the real sops opens is opened, and what it refuses is refused; what is written, it reads.
 *
 * No error holds a value. Plaintext is in Buffers that OpenFile.close wipes; JavaScript strings made on the way, by
 * the parsers and for age, cannot be wiped and last until the garbage collector takes them.
 */
export type { FormatName, Layout } from './format.ts';
export { emitPlain, FORMATS, formatOf, hasReservedKey, MAX_BYTES, readPlain } from './format.ts';
export type { EncryptOptions, OpenFile, OpenOptions, SopsFile } from './file.ts';
export {
  encryptFile,
  openSopsFile,
  openWithDataKey,
  plaintextOf,
  readsBack,
  readSopsFile,
  reseal,
  rotate,
  updateKeys,
} from './file.ts';
export type { Branch, Comment, Entry, List, PathPart, Scalar, Source, Value } from './tree.ts';
export { areEqual, branch, entry, findEntry, formatPath, get, isEqual, list, stringOf, text, wipe } from './tree.ts';
export { parsePath, removeAt, setAt, valueAt } from './edit.ts';
export type { KeyGroup, KeyKind, MasterKey, Metadata } from './metadata.ts';
export { ageKey, ageRecipients, isAge, SOPS_VERSION } from './metadata.ts';
export type { SelectionKind, SelectionRule } from './selection.ts';
export { DEFAULT_RULE, isSelectionKind, isValid, SELECTION_KINDS } from './selection.ts';
export type { SealedLeaf } from './leaves.ts';
export { isPlainlySealed } from './glance.ts';
export { leavesOf, pathOf } from './leaves.ts';
export type { MaskedValue, OnMask } from './mask.ts';
export { derivedMask, hasMask, isMask, maskOf } from './mask.ts';
export { mapLeaves } from './walk.ts';
export type { Shape } from './check-shape.ts';
export { checkShape } from './check-shape.ts';
export {
  checkForFlux,
  checkRecipients,
  checkRule,
  checkSealed,
  checkStanzas,
  checkValues,
  warningsFor,
} from './checks.ts';
export { plainEntries, replacePlain, sealedKeys } from './plain-region.ts';
export type { CreationRule, RawRule, SopsConfig } from './creation-rules.ts';
export {
  CONFIG_NAME,
  findConfig,
  hasPattern,
  layoutFor,
  loadConfig,
  matchRule,
  parseConfig,
  parseRule,
  pathForRules,
  ruleFor,
  unknownFields,
} from './creation-rules.ts';
export type { AskPassphrase, Surroundings } from './age/find-keyring.ts';
export { findKeyring, keysFile } from './age/find-keyring.ts';
export { Keyring, keyringOf, keyringOfFiles } from './age/keyring.ts';
export { splitWords } from './age/split-words.ts';
export type { RecipientKind } from './age/recipients.ts';
export { checkRecipient, recipientKind } from './age/recipients.ts';
export { openDataKey, shorten } from './data-key.ts';
export { failure, withFile } from './failure.ts';
export type { FileOnDisk } from './write.ts';
export { readFileWhole, replaceFile } from './write.ts';
export type { Merged } from './merge.ts';
export { mergeTrees } from './merge.ts';
export type { Sides } from './merge-files.ts';
export { mergeWithKey, mergeWithoutKey } from './merge-files.ts';
export type { Generator } from './generate/index.ts';
export { generateValues, makes, needs, parseGenerator } from './generate/index.ts';
