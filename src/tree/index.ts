/**
 * The tree on disk: which paths it may have, which files synth owns, what differs, and how it is written without
 * harm to anything else. It knows nothing of what the files mean.
 */
export { checkTreePath, whyNotATreePath } from './tree-path.ts';
export { compareTree, isUnchanged, type Replaced, type TreeChanges } from './compare.ts';
export { differenceText } from './difference-text.ts';
export { ownershipLookup } from './is-owned.ts';
export { mayHoldSecret } from './hand-edits.ts';
export { OWNERSHIP_FILE } from './ownership.ts';
export { type Origin } from './origin.ts';
export { type Tree, type TreeFile } from './tree.ts';
export { checkTree, prepareWorkingFolder, writeTree, type TreeLocation } from './write.ts';
