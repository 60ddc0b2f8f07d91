import { SlipwayError } from '../errors.ts';
import type { FileTree } from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import type { BuiltKustomization } from './build-kustomization.ts';
import { SalvagedTree } from './salvaged-tree.ts';

/** Of one Kustomization, of which the rest is still looked at. */
const MAX_BROKEN = 20;

/**
 * What a Kustomization makes besides that for which it fails. It is only walked on: so one broken file does not hide every
 * Kustomization that the same parent makes.
 */
export async function salvaged(
  tree: FileTree,
  error: unknown,
  attempt: (tree: FileTree) => Promise<BuiltKustomization>,
): Promise<readonly JsonObject[]> {
  const broken = new Set<string>();
  for (let failure = error; ;) {
    const file = failure instanceof SlipwayError ? failure.place.file : undefined;
    const isRemote = failure instanceof SlipwayError && failure.code === 'render/remote';
    if (file === undefined || (!isRemote && broken.has(file)) || broken.size > MAX_BROKEN) return [];
    if (!isRemote) broken.add(file);
    try {
      const { objects } = await attempt(new SalvagedTree(tree, broken));
      return objects;
    } catch (next) {
      if (next instanceof SlipwayError && next.code === 'render/remote' && isRemote) return [];
      failure = next;
    }
  }
}
