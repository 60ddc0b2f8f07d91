/** What a cluster must keep: each rule looks at one object as it goes into the tree, and knows nothing of the others. */
import { decryption } from './decryption.ts';
import { floatingTag } from './images.ts';
import { updatesTheTree } from './image-updates.ts';
import { imageNames } from './image-names.ts';
import { namespaces } from './namespaces.ts';
import { plaintextSecret } from './plaintext-secret.ts';
import { prune } from './prune.ts';
import { roleBinding } from './role-binding.ts';
import type { Rule } from './rule.ts';
import { schedule } from './schedule.ts';
import { substitution } from './substitution.ts';
import { crossNamespace, releaseAccount, tenantWithoutLockdown } from './tenancy.ts';
import { timeouts } from './timeouts.ts';
import { floatingVersion, versionRange } from './versions.ts';
import { workloads } from './workloads.ts';

export { error, type Applied, type Finding, type RuleContext } from './rule.ts';
export { isSubstituted } from './substitution.ts';

export const RULES: readonly Rule[] = [
  plaintextSecret,
  decryption,
  namespaces,
  substitution,
  timeouts,
  workloads,
  schedule,
  roleBinding,
  imageNames,
  versionRange,
  floatingTag,
  floatingVersion,
  updatesTheTree,
  prune,
  crossNamespace,
  releaseAccount,
  tenantWithoutLockdown,
];

/** Namespaces that every cluster has, and the one that Flux itself lives in. */
export const BUILT_IN_NAMESPACES = ['default', 'flux-system', 'kube-node-lease', 'kube-public', 'kube-system'];
