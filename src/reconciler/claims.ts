import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Inventory, isLeftAlone, parseInventory } from '../flux/index.ts';
import { identityKey } from '../manifest/index.ts';
import { intendedInventory } from './apply-objects.ts';
import { buildObjects } from './build.ts';
import type { ReconcilerContext } from './context.ts';
import { type Kustomization, KUSTOMIZATION, parseKustomization } from './kustomization.ts';
import { LastBuild } from './last-build.ts';
import type { SourceArtifact } from './sources.ts';
import type { Targets } from './targets.ts';

/**
 * Which of the objects that a Kustomization no longer has are another's from now on, by `identityKey`: a commit moved
 * them, or renamed the Kustomization. The other takes them over as they are, whichever of the two comes first; Flux
 * deletes them where the one that loses them does.
 *
 * What another wants is what it has where it is ready at the revision of its source; else it is built to be known.
 */
export async function claimedByOthers(
  stale: Inventory,
  self: Kustomization,
  context: ReconcilerContext,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(stale.map(identityKey));
  const claimed = new Set<string>();
  for (const object of wanted.size === 0 ? [] : [...context.live.all(KUSTOMIZATION)]) {
    const other = parseKustomization(object);
    if (claimed.size === wanted.size) break;
    if (!mayClaim(other, self, context.targets)) continue;
    for (const key of await keysOf(other, context)) if (wanted.has(key)) claimed.add(key);
  }
  return claimed;
}

/** To name an object is enough only for whoever may act on it as the one that has it may: accounts are of a namespace. */
function mayClaim(other: Kustomization, self: Kustomization, targets: Targets): boolean {
  if (other.uid === self.uid || other.suspend || other.isBeingDeleted) return false;
  const account = targets.accountOf(self);
  if (targets.accountOf(other) !== account) return false;
  if (account !== '' && other.namespace !== self.namespace) return false;
  return clusterOf(other) === clusterOf(self);
}

/** '' for the one that this runs for. */
function clusterOf({ spec, namespace }: Kustomization): string {
  return spec.kubeConfig === undefined ? '' : JSON.stringify([namespace, spec.kubeConfig]);
}

async function keysOf(other: Kustomization, context: ReconcilerContext): Promise<readonly string[]> {
  const { status, generation, source } = other;
  const artifact = context.artifacts.get(source);
  if (artifact === undefined) return [];
  const isKnown = status.lastAppliedRevision === artifact.revision && status.observedGeneration === generation;
  return isKnown ? parseInventory(status.inventory).map(identityKey) : builtKeys(other, artifact, context);
}

/** What does not build claims nothing: it says so itself. */
async function builtKeys(
  other: Kustomization,
  artifact: SourceArtifact,
  context: ReconcilerContext,
): Promise<readonly string[]> {
  await nextTurn();
  try {
    const { objects } = await buildObjects(other, artifact, context, new LastBuild(), () => undefined);
    const made = objects.filter((object) => !isLeftAlone(object, undefined));
    return (await intendedInventory(made, context.client)).map(identityKey);
  } catch {
    return [];
  }
}
